"""How far a graph's predictions are from the full posterior's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass

import numpy as np

from edge_app.runtime.prediction import Predictions
from train.evaluate.agreement import total_variation

LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Distance:
    """How far predictions are from those of the reference draws, on average over the images.

    Attributes:
        total_variation: of the predictive means, 0 to 1.
        spread: |difference| of the width of the label's 95 % interval.
        epistemic_bits: |difference| of the mutual information.
    """

    total_variation: float
    spread: float
    epistemic_bits: float

    def __str__(self) -> str:
        return (
            f"TV of the mean {self.total_variation:.4f}, spread {self.spread:.4f}, epistemic "
            f"{self.epistemic_bits:.4f} bits"
        )

    def within(self, other: Distance) -> bool:
        """Whether no figure is larger than the other's."""
        return self.ratio(other) <= 1

    def ratio(self, other: Distance) -> float:
        """The largest of the figures' ratios to the other's; a figure below a millionth is rounding."""
        return max(float(ours / max(theirs, LEAST)) for ours, theirs in zip(astuple(self), astuple(other), strict=True))

    def scaled(self, factor: float) -> Distance:
        """Multiply every figure."""
        return Distance(*(factor * figure for figure in astuple(self)))

    def without(self, noise: Distance) -> Distance:
        """Take the reference's own error out, which is independent of ours: such errors add in squares."""
        pairs = zip(astuple(self), astuple(noise), strict=True)
        return Distance(*(math.sqrt(max(whole**2 - part**2, 0.0)) for whole, part in pairs))


def measure_distance(ours: Predictions, exact: Predictions) -> Distance:
    """Measure how far predictions are from exact ones of the same images."""
    return Distance(
        total_variation=total_variation(ours.mean, exact.mean),
        spread=float(np.abs(ours.spread - exact.spread).mean()),
        epistemic_bits=float(np.abs(ours.epistemic_bits - exact.epistemic_bits).mean()),
    )


def mean_distance(distances: Iterable[Distance]) -> Distance:
    """Average distances, figure by figure."""
    return Distance(*map(float, np.mean([astuple(each) for each in distances], axis=0)))
