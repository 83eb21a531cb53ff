"""`python -m edge_app soak`: a long run through the real loop; speed, memory and start-up time are printed.

taskset -c 0 python -m edge_app soak --frames 100000
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.app import Options, describe_run
from edge_app.commands.memory import resident_mb
from edge_app.commands.speed import demo_page
from edge_app.options import PROGRAM, Parser, add_machine_options, positive
from edge_app.outputs import JsonLines, write_still
from edge_app.reader import Reader, open_classifier
from edge_app.result import FrameResult
from edge_app.runtime.errors import EdgeError
from edge_app.session import Session
from edge_app.sources import Frame, SourceKind
from edge_app.stop import Stop
from edge_app.summary import Summary

REPORTS: Final = 10
SWAY: Final = 16
"""How far the generated page moves to either side, in pixels."""
START_UP: Final = """
import sys
from edge_app.__main__ import main
from edge_app.commands.memory import peak_resident_mb
status = main()
print(f"{peak_resident_mb():.1f}")
sys.exit(status)
"""


def run(arguments: list[str]) -> None:
    """Measure and print.

    Raises:
        EdgeError: the bundle is no good.
    """
    parser = Parser(prog=f"{PROGRAM} soak", description="Measure speed, memory and start-up time.")
    parser.add_argument("--frames", type=positive, default=10_000, metavar="N", help="how many (default 10000)")
    parser.add_argument("--crowded", action="store_true", help="four pages of half the size in a frame: twelve digits")
    add_machine_options(parser)
    options = parser.parse_args(arguments)
    page = four_pages(demo_page()) if options.crowded else demo_page()
    _print_start_up(page, options.bundle)
    classifier = open_classifier(options.bundle, options.threads, options.verify_key)
    summary = Summary()
    with Stop() as stop:
        pitch = max(1, options.frames // REPORTS)

        def print_memory(number: int) -> None:
            if number % pitch == 0 or number == options.frames - 1:
                print(f"frame {number}: {resident_mb():.1f} MB resident", flush=True)

        source = Swaying(page, options.frames, print_memory)
        reader = Reader(classifier)
        run = describe_run(Options(bundle=options.bundle, threads=options.threads), source, reader)
        lines = JsonLines(os.devnull).open(run)
        latencies = Latencies()
        session = Session(source, reader, [lines, latencies], stop, summary)
        start = time.perf_counter()
        session.run()
    seconds = time.perf_counter() - start
    print(f"{summary.frames / seconds:.0f} frames/s; {summary}")
    print(f"of a frame: {latencies}")


def four_pages(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put a page, uint8 [H, W, 3], four times into a frame of its own size."""
    height, width = page.shape[:2]
    half = cv2.resize(page, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(np.tile(half, (2, 2, 1)), np.uint8)


class Latencies:
    """Keeps how long finding and classifying took."""

    def __init__(self) -> None:
        """Start with no frame."""
        self._find, self._classify = array("f"), array("f")

    def take(self, result: FrameResult) -> None:
        """Keep a frame's."""
        self._find.append(result.latency.find)
        self._classify.append(result.latency.classify)

    def close(self) -> None:
        """Nothing is held."""

    def __str__(self) -> str:
        """Give the medians."""
        return f"find p50 {np.median(self._find):.2f} ms, classify p50 {np.median(self._classify):.2f} ms"


class Swaying:
    """A page that sways, as long as is asked."""

    name = "a swaying page"
    kind = SourceKind.CLIP
    rate = 30.0
    files: Sequence[Path] = ()

    def __init__(self, page: NDArray[np.uint8], frames: int, at_frame: Callable[[int], None] = lambda _: None) -> None:
        """Sway a page, uint8 [H, W, 3], for so many frames; `at_frame` is called with each one's number."""
        self.length: int | None = frames
        self._wide = np.pad(page, ((0, 0), (SWAY, SWAY), (0, 0)), mode="edge")
        self._width = page.shape[1]
        self._frames = frames
        self._at_frame = at_frame

    def __iter__(self) -> Iterator[Frame]:
        """Give frame after frame, each moved a little."""
        for number in range(self._frames):
            self._at_frame(number)
            left = SWAY + round(SWAY * np.sin(number / 20))
            yield Frame(self._wide[:, left : left + self._width].copy(), number / self.rate)

    def close(self) -> None:
        """Nothing is held."""


def _print_start_up(page: NDArray[np.uint8], bundle: Path) -> None:
    """Start the app on a still picture, and print how long it takes to the end and what memory it takes.

    Raises:
        EdgeError: the app says what is wrong.
    """
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        write_still(picture, page)
        command = [sys.executable, "-c", START_UP, str(picture), "--headless", "--jsonl", os.devnull]
        start = time.perf_counter()
        answer = subprocess.run([*command, "--bundle", bundle], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
    if answer.returncode:
        raise EdgeError(answer.stderr.strip().removeprefix(f"{PROGRAM}: "))
    print(f"cold start to the result of one picture: {seconds:.2f} s, {answer.stdout.strip()} MB resident at most")
