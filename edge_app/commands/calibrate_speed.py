"""`python -m edge_app calibrate-speed`: picks the number of threads by measurement."""

from __future__ import annotations

import os
from typing import Final

from edge_app.commands.parser import Parser, add_machine_options
from edge_app.commands.speed import Speed, demo_page, measure_speed
from edge_app.options import PROGRAM
from edge_app.reader import open_classifier

WORTH_IT: Final = 1.05
"""Another thread must pay by so much: threads that do not help only make heat."""


def run(arguments: list[str]) -> None:
    """Measure every number of threads, print the speeds and the pick.

    Raises:
        EdgeError: the bundle is no good.
    """
    parser = Parser(prog=f"{PROGRAM} calibrate-speed", description="Measure how many threads are fastest here.")
    add_machine_options(parser)
    bundle = parser.parse_args(arguments).bundle
    image = demo_page()
    speeds: dict[int, Speed] = {}
    for threads in range(1, (os.cpu_count() or 1) + 1):
        speeds[threads] = measure_speed(image, open_classifier(bundle, threads), seconds=2.0)
        print(f"--threads {threads}: {speeds[threads]}", flush=True)
    print(f"use --threads {pick_threads(speeds)}")


def pick_threads(speeds: dict[int, Speed]) -> int:
    """Give the fewest threads that no other number beats by more than 5 %."""
    best = max(speed.frames_per_second for speed in speeds.values())
    return min(threads for threads, speed in speeds.items() if speed.frames_per_second * WORTH_IT >= best)
