"""Hunts for inputs that the app does not survive: python tests/hunts [HUNT ...] [--tries N] [--seed S] [--keep FOLDER].

A row a hunt, in the form of FIGURES.md's table; exit status 1 when anything was lost. What was fed in is then kept.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()  # Which bundles passed a trial is forgotten with the hunt.

from brokers import Brokers
from bundles import Bundles, Graphs, Manifests
from command_lines import CommandLines
from frames import Frames
from hunt import pursue
from kills import Kills
from pictures import Pictures
from sources import Sources
from updates import ATTACKS, UpdateKills
from videos import Videos
from workshop_kills import WorkshopKills

HUNTS = {
    hunt.name: hunt
    for hunt in (
        Bundles(),
        Graphs(),
        Manifests(),
        Pictures(),
        Videos(),
        CommandLines(),
        Frames(),
        Kills(),
        WorkshopKills(),
        Sources(),
        Brokers(),
        *ATTACKS,
        UpdateKills(),
    )
}


def main() -> int:
    """Hunt as the command line says."""
    parser = argparse.ArgumentParser(prog="tests/hunts", description="Hunt for inputs that the app does not survive.")
    parser.add_argument("hunts", nargs="*", metavar="HUNT", help=f"default: all of {', '.join(HUNTS)}")
    parser.add_argument("--tries", type=int, default=100, help="how many of each (default 100)")
    parser.add_argument("--first", type=int, default=0, help="begin with attempt N of the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("hunted"), help="folder for what was fed in and lost")
    options = parser.parse_args()
    unknown = set(options.hunts) - set(HUNTS)
    if unknown:
        parser.error(f"found {', '.join(sorted(unknown))}, expected some of {', '.join(HUNTS)}")
    print("| fault | tried | held | lost | slowest |\n|---|---|---|---|---|", flush=True)
    lost = 0
    for name in options.hunts or HUNTS:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "mine"
            folder.mkdir()
            tally = pursue(
                HUNTS[name],
                tries=options.tries,
                first=options.first,
                seed=options.seed,
                folder=folder,
                kept=options.keep,
            )
        print(tally, flush=True)
        lost += tally.lost.total()
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
