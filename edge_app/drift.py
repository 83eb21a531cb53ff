"""Holds the digits of a run against those that its bundle was calibrated on, each digit once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from edge_app.result import Track
from edge_app.runtime.drift import Drift, DriftMonitor
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.prediction import Prediction, Reason

SEED: Final = 0
"""Of the random numbers that break ties."""
REMEMBERED: Final = 2000
"""Followed digits that are known to be scored already."""


class DriftWatch:
    """Scores each followed digit once, by the total entropy of one raw reading.

    The frames of one digit are not exchangeable, so that only one of them may count: the first in which it has been
    followed for so long that it no longer moves into view, and does not touch the picture's edge.
    """

    def __init__(self, manifest: Manifest, *, settled_s: float) -> None:
        """Begin with no digit.

        Args:
            manifest: the bundle's.
            settled_s: for how many seconds a digit must have been followed.
        """
        self._monitor = DriftMonitor(manifest.entropy_counts, seed=SEED) if _has_reference(manifest) else None
        self._settled_s = settled_s
        self._scored: dict[int, None] = {}

    def observe(self, tracks: Sequence[Track], predictions: Iterable[Prediction]) -> Drift | None:
        """Take in a frame's digits and their raw readings, in the same order.

        Returns:
            What was found up to this frame; None where the bundle has nothing to hold the digits against.
        """
        if self._monitor is None:
            return None
        for track, prediction in zip(tracks, predictions, strict=True):
            settled = track.age_s >= self._settled_s and prediction.reason is not Reason.EDGE
            if settled and track.number not in self._scored:
                self._scored[track.number] = None
                self._monitor.observe(prediction.total_bits)
        while len(self._scored) > REMEMBERED:
            del self._scored[next(iter(self._scored))]
        return self._monitor.drift


def _has_reference(manifest: Manifest) -> bool:
    """Say whether the bundle carries scores, and of the very samples that it reads with."""
    redrawn = manifest.posterior.calibrated_seed is not None or manifest.samples != manifest.warning.samples
    return bool(manifest.entropy_counts) and not redrawn
