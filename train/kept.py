"""What is left of a bundle's promise on one data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Predictions


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of the promise on one data set.

    Attributes:
        data: its name.
        images: how many.
        accuracy: share of images read right.
        coverage: share of images whose label set holds the true label.
        warned: share of images that carry a warning.
        unwarned_error: share of errors among those without; 0 when there are none.
        unwarned_errors: number of errors among them.
    """

    data: str
    images: int
    accuracy: float
    coverage: float
    warned: float
    unwarned_error: float
    unwarned_errors: int


def keep(name: str, prediction: Predictions, labels: NDArray[np.int64]) -> Kept:
    """Hold predictions of digits, a batch of N, against their labels, int64 [N]."""
    wrong = prediction.label != labels
    unwarned = ~prediction.unsure
    return Kept(
        data=name,
        images=len(labels),
        accuracy=float(1 - wrong.mean()),
        coverage=float(prediction.label_set[np.arange(len(labels)), labels].mean()),
        warned=float(prediction.unsure.mean()),
        unwarned_error=float(wrong[unwarned].mean()) if unwarned.any() else 0.0,
        unwarned_errors=int(wrong[unwarned].sum()),
    )
