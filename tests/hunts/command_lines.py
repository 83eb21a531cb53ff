"""Addresses and command lines as people mistype them and as others invent them."""

from __future__ import annotations

import ast
import os
import random
import shutil
from itertools import pairwise
from pathlib import Path

from guarded import Bounds
from hunt import Attempt

from edge_app.commands.dispatch import run_command

DEMO = Path(__file__).parents[2] / "edge_app" / "demo"
ADDRESSES = (
    "http://[::1", "http://[::1]:0/x", "rtsp://user:hunter2@127.0.0.1:1/a", "http://u:hunter2/@127.0.0.1:1/", "http://",
    "http://u:hunter2?#@127.0.0.1:1/x", "rtmp://u:hunter2@127.0.0.1:1/live", "udp://u:hunter2@127.0.0.1:1",
    "http://127.0.0.1:1/?password=hunter2", "http://127.0.0.1:99999/", "rtsp://127.0.0.1:-1/", "ftp://127.0.0.1:1/a.mp4",
    "https://127.0.0.1:1/", "http://127.0.0.1:1/\r\nX: y", "rtsp:///", "http:\\\\127.0.0.1", "tcp://127.0.0.1:1",
)  # fmt: skip
SOURCES = (
    "-1", "99999999999999999999", "0x10", "٣", "", " ", "-", "/", "/dev/null", "/dev/zero", "/proc/self/mem",
    "\x1b[31mred",    "a\nb", "x" * 5_000, "~", "doctor ", "DEMO", "picamera ", "nul\0", "\udcff",
)  # fmt: skip
VALUES = ("", "0", "-1", "99999999999", "1e9", "nan", "٣", "x" * 300, "\x1b]0;title\x07", "1\n2", "/", "/dev/full", ".")
MINE = ("MINE/mine.jpg", "MINE/mine.mp4", "MINE")
OPTIONS = ("--threads", "--max-frames", "--bundle", "--save", "--jsonl", "--wait", "--text", "--headles", "-x", "--")


class CommandLines:
    """Each attempt runs the app with arguments that somebody might give it."""

    name = "command lines"
    bounds = Bounds()

    def prepare(self, folder: Path) -> None:
        """Give the user a page and a clip that a wrong command line could overwrite."""
        shutil.copy(DEMO / "page.jpg", folder / "mine.jpg")
        shutil.copy(DEMO / "digits.mp4", folder / "mine.mp4")

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Put a source and up to three options together."""
        source = rng.choice((rng.choice(ADDRESSES), rng.choice(SOURCES), rng.choice(MINE), "demo"))
        arguments = ["--headless", source]
        for _ in range(rng.randrange(4)):
            arguments += [rng.choice(OPTIONS), rng.choice((*VALUES, *MINE, "MINE/new.mp4"))]
        arguments += ["--max-frames", "2"]  # of two the last counts
        return self.replay(repr(arguments).encode(), ".args", folder)

    def replay(self, content: bytes, suffix: str, folder: Path) -> Attempt:
        """Run the app with these arguments; MINE stands for the user's folder."""
        arguments = [_possible(text, folder) for text in ast.literal_eval(content.decode())]
        outputs = {folder / value for option, value in pairwise(arguments) if option in {"--save", "--jsonl", "--text"}}
        named = frozenset(outputs - {folder / argument for argument in arguments[1:2]})

        def run() -> int:
            os.chdir(folder)  # A relative name is a file of the user's, not of this checkout.
            return run_command(arguments)

        return Attempt(run, content, suffix, hidden="hunter2", named=named)


def _possible(argument: str, folder: Path) -> str:
    """Leave out what no shell can pass on."""
    return argument.replace("\0", "").replace("MINE", str(folder))
