"""How fast this computer reads frames; `python -m edge_app calibrate-speed` picks the number of threads by it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.options import PROGRAM, Parser, add_machine_options
from edge_app.reader import Reader, open_classifier
from edge_app.runtime.classifier import Classifier
from edge_app.sources import Frame, open_source
from edge_app.summary import Summary

WARM_UP: Final = 10
WORTH_IT: Final = 1.05
"""Another thread must pay by so much: threads that do not help only make heat."""
PAGE: Final = Path(__file__).parent.parent / "demo" / "page.jpg"


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured.

    Attributes:
        frames_per_second: how many frames were read each second.
        p50_ms: median time for a frame, milliseconds.
        p95_ms: 95th percentile of it.
    """

    frames_per_second: float
    p50_ms: float
    p95_ms: float

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.frames_per_second:.0f} frames/s (p50 {self.p50_ms:.1f} ms, p95 {self.p95_ms:.1f} ms)"


def demo_page() -> NDArray[np.uint8]:
    """Give a page with three digits, uint8 [480, 640, 3] BGR."""
    source = open_source(str(PAGE))
    try:
        return next(item.image for item in source if isinstance(item, Frame))
    finally:
        source.close()


def measure_speed(image: NDArray[np.uint8], classifier: Classifier, *, seconds: float = 1.0) -> Speed:
    """Read one frame again and again.

    Args:
        image: uint8 [H, W, 3] BGR.
        classifier: what runs the bundle.
        seconds: for how long.
    """
    reader = Reader(classifier, pooled_s=0.0)
    for number in range(WARM_UP):
        reader.read(Frame(image, float(number)))
    summary = Summary()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        summary.add(reader.read(Frame(image, float(WARM_UP + summary.frames))))
    rate = summary.frames / (time.perf_counter() - start)
    return Speed(rate, summary.latency_ms(50), summary.latency_ms(95))


def run(arguments: list[str]) -> None:
    """Measure every number of threads, print the speeds and the pick.

    Raises:
        EdgeError: the bundle is no good.
    """
    parser = Parser(prog=f"{PROGRAM} calibrate-speed", description="Measure how many threads are fastest here.")
    add_machine_options(parser)
    options = parser.parse_args(arguments)
    image = demo_page()
    speeds: dict[int, Speed] = {}
    for threads in range(1, (os.cpu_count() or 1) + 1):
        speeds[threads] = measure_speed(
            image, open_classifier(options.bundle, threads, options.verify_key), seconds=2.0
        )
        print(f"--threads {threads}: {speeds[threads]}", flush=True)
    print(f"use --threads {pick_threads(speeds)}")


def pick_threads(speeds: dict[int, Speed]) -> int:
    """Give the fewest threads that no other number beats by more than 5 %."""
    best = max(speed.frames_per_second for speed in speeds.values())
    return min(threads for threads, speed in speeds.items() if speed.frames_per_second * WORTH_IT >= best)
