"""The app's command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edge_app.app import Options
from edge_app.options import PROGRAM, Parser, add_machine_options, positive
from edge_app.outputs import JsonLines, Output, Stills, Video, stills, video

MORE: Final = """\
further commands, each with its own --help:
  doctor           what this computer has, and what is missing
  calibrate-speed  measure how many --threads are fastest here
  soak             measure speed, memory and start-up time

In the window, q quits and h shows the other keys.
"""


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; a usage error ends the program with exit status 2 and one line."""
    parser = Parser(
        prog=PROGRAM,
        description="Read handwritten digits, and say how sure that is.",
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        default="0",
        help="a camera's index (default 0), a picture, a folder of them, a video file, an address such as "
        "rtsp://HOST/feed, picamera, or demo",
    )
    parser.add_argument("--headless", action="store_true", help="open no window")
    parser.add_argument("--save", type=_annotated, metavar="FILE", help="write an annotated video or stills")
    parser.add_argument("--jsonl", type=JsonLines, metavar="FILE", help="write a JSON line per frame; - prints them")
    parser.add_argument("--max-frames", type=positive, metavar="N", help="stop after N frames")
    parser.add_argument("--wait", action="store_true", help="wait for a camera or stream that does not answer yet")
    add_machine_options(parser)
    found = parser.parse_args(arguments)
    return Options(
        source=found.source,
        bundle=found.bundle,
        headless=found.headless,
        outputs=tuple(output for output in (found.jsonl, found.save) if output is not None),
        threads=found.threads,
        max_frames=found.max_frames,
        wait=found.wait,
    )


def _annotated(text: str) -> Output:
    path = Path(text)
    suffix = path.suffix.lower()
    if suffix in video.CODECS:
        return Video(path)
    if suffix in stills.SUFFIXES:
        return Stills(path)
    raise argparse.ArgumentTypeError(
        f"{text}: unknown suffix; expected a video ({_list(video.CODECS)}) or stills ({_list(stills.SUFFIXES)})"
    )


def _list(suffixes: Iterable[str]) -> str:
    return ", ".join(sorted(suffixes))
