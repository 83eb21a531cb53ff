"""Times several ways of prediction side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

WARM_UPS = 2
CALLS = 5


def time_interleaved(
    ways: Mapping[int, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[int, NDArray[np.float64]]:
    """Call every way a few times in turn, round after round, so that a drift of the machine's speed meets all alike.

    Args:
        ways: each predicts one image.
        rounds: how often it is each one's turn: 5 timed calls, after 2 to warm its memory up.
        clock: in seconds; on one thread `time.thread_time` leaves out what other programs take.

    Returns:
        Milliseconds of every timed call, float64 [rounds * 5].
    """
    times: dict[int, list[float]] = {name: [] for name in ways}
    for _ in tqdm(range(rounds), "rounds", disable=None):
        for name, predict in ways.items():
            for _ in range(WARM_UPS):
                predict()
            times[name] += [_milliseconds(predict, clock) for _ in range(CALLS)]
    return {name: np.array(values) for name, values in times.items()}


def _milliseconds(predict: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    predict()
    return 1e3 * (clock() - start)
