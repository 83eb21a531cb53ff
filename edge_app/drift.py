"""Holds the digits of a run against those that its bundle was calibrated on, each digit once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge_app.result import Track
from edge_app.runtime.drift import Drift, DriftMonitor
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.prediction import Prediction
from edge_app.settling import Settling

SEED: Final = 0
"""Of the random numbers that break ties."""


class DriftWatch:
    """Scores each followed digit once, by the total entropy of one raw reading."""

    def __init__(self, manifest: Manifest, *, settled_s: float) -> None:
        """Begin with no digit.

        Args:
            manifest: the bundle's.
            settled_s: for how many seconds a digit must have been followed.
        """
        self._monitor = DriftMonitor(manifest.entropy_counts, seed=SEED) if _has_reference(manifest) else None
        self._settling = Settling(settled_s)

    def observe(self, tracks: Sequence[Track], predictions: Sequence[Prediction]) -> Drift | None:
        """Take in a frame's digits and their raw readings, in the same order.

        Returns:
            What was found up to this frame; None where the bundle has nothing to hold them against.
        """
        if self._monitor is None:
            return None
        for prediction in self._settling.settled(tracks, predictions):
            self._monitor.observe(prediction.total_bits)
        return self._monitor.drift


def _has_reference(manifest: Manifest) -> bool:
    """Say whether the bundle carries scores, and of the very samples that it reads with."""
    redrawn = manifest.posterior.calibrated_seed is not None or manifest.samples != manifest.warning.samples
    return bool(manifest.entropy_counts) and not redrawn
