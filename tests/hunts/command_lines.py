"""Addresses and command lines as people mistype them and as others invent them."""

from __future__ import annotations

import os
import random
import shutil
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
OPTIONS = ("--threads", "--max-frames", "--bundle", "--save", "--jsonl", "--wait", "--text", "--headles", "-x", "--")


class CommandLines:
    """Each attempt runs the app with arguments that somebody might give it."""

    name = "command lines"
    bounds = Bounds(seconds=10.0)  # FFmpeg waits for a server that is silent

    def prepare(self, folder: Path) -> None:
        """Give the user a page and a clip that a wrong command line could overwrite."""
        shutil.copy(DEMO / "page.jpg", folder / "mine.jpg")
        shutil.copy(DEMO / "digits.mp4", folder / "mine.mp4")

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Put a source and up to three options together."""
        mine = (str(folder / "mine.jpg"), str(folder / "mine.mp4"), str(folder))
        source = rng.choice((rng.choice(ADDRESSES), rng.choice(SOURCES), rng.choice(mine), "demo"))
        arguments, named = ["--headless", source], set[Path]()
        for _ in range(rng.randrange(4)):
            option, value = rng.choice(OPTIONS), rng.choice((*VALUES, *mine, str(folder / "new.mp4")))
            arguments += [option, value]
            if option in {"--save", "--jsonl"}:
                named.add(folder / value)
        arguments += ["--max-frames", "2"]  # of two the last counts

        def run() -> int:
            os.chdir(folder)  # A relative name is a file of the user's, not of this checkout.
            return run_command(_possible(arguments))

        named -= {folder / source}
        return Attempt(run, repr(arguments).encode(), ".args", hidden="hunter2", named=frozenset(named))


def _possible(arguments: list[str]) -> list[str]:
    """Leave out what no shell can pass on."""
    return [argument.replace("\0", "") for argument in arguments]
