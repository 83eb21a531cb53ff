"""What a run amounts to, in constant memory however long it is."""

from __future__ import annotations

from typing import Final

import numpy as np

from edge_app.result import FrameResult
from edge_app.runtime.drift import Drift

FINEST_MS: Final = 0.01
STEP: Final = 1.01
"""Latencies are counted in bins each 1 % wider than the one before."""
BINS: Final = 2000


class Summary:
    """Counts frames, and the digits and warnings of their raw readings; a digit counts once for every frame.

    Attributes:
        frames: how many were read.
        digits: how many were found in them.
        warnings: how many of those carried a warning in their raw reading.
        crowded: how many frames held more digits than were read.
        unread: how many pictures could not be read.
        drift: what the digits say of drift; None where the bundle has nothing to hold them against.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.digits = 0
        self.warnings = 0
        self.crowded = 0
        self.unread = 0
        self.drift: Drift | None = None
        self._latencies = np.zeros(BINS, np.int64)

    def add(self, result: FrameResult) -> None:
        """Count a frame."""
        self.frames += 1
        self.digits += len(result.digits)
        self.crowded += result.more
        self.drift = result.drift
        self.warnings += sum(prediction.unsure for prediction in result.raw.predictions)
        place = np.log(max(result.latency.total, FINEST_MS) / FINEST_MS) / np.log(STEP)
        self._latencies[min(int(place), BINS - 1)] += 1

    def latency_ms(self, percent: float) -> float:
        """Give a percentile of the total latency in milliseconds, to 1 %; 0 before the first frame."""
        if self.frames == 0:
            return 0.0
        place = np.searchsorted(self._latencies.cumsum(), percent / 100 * self.frames)
        return float(FINEST_MS * STEP ** (place + 0.5))

    @property
    def unlike(self) -> str:
        """Say that the digits are unlike those that the bundle was calibrated on; empty while nobody can tell."""
        digit = None if self.drift is None else self.drift.alarmed_at
        if digit is None:
            return ""
        return f"the digits are unlike those that the bundle was calibrated on, as digit {digit} showed"

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"{_count(self.frames, 'frame')}, {_count(self.digits, 'digit')}, {_count(self.warnings, 'raw warning')}; "
            f"latency p50 {self.latency_ms(50):.1f} ms, p95 {self.latency_ms(95):.1f} ms"
            + (f"; {_count(self.crowded, 'frame')} held more digits than were read" if self.crowded else "")
            + (f"; {_count(self.unread, 'picture')} could not be read" if self.unread else "")
            + (f"; {self.unlike}" if self.unlike else "")
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
