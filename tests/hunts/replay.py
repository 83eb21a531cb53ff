"""Feeds in again what a hunt once lost: python tests/hunts/replay.py FILE ...

Each file lies in a folder that is called after its hunt, and has the suffix that the hunt gave it. Exit status 1 when
any is lost again.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()

from bundles import Bundles, Graphs
from command_lines import CommandLines
from frames import Frames
from hunt import fingerprint, make
from pictures import Pictures
from videos import Videos

HUNTS = {hunt.name: hunt for hunt in (Bundles(), Graphs(), Pictures(), Videos(), CommandLines(), Frames())}


def main(files: list[Path]) -> int:
    """Feed them in, and print what is lost."""
    lost = 0
    for file in files:
        hunt = HUNTS[file.parent.name.replace("_", " ")]
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "mine"
            folder.mkdir()
            hunt.prepare(folder)
            attempt = hunt.replay(file.read_bytes(), "".join(file.suffixes), folder)
            outcome, lost_by = make(attempt, hunt.bounds, fingerprint(folder))
        if lost_by is not None:
            print(f"{file}: {lost_by}: {outcome}")
            lost += 1
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
