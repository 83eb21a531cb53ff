"""Measures what a way of prediction keeps of the posterior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import INTERVAL_PERCENT
from edge_app.scores import score
from export.bench.row import Quality


def measure_quality(
    probabilities: NDArray[np.float32], reference: NDArray[np.float32], labels: NDArray[np.int64]
) -> Quality:
    """Hold a way of prediction against many draws.

    Args:
        probabilities: float32 [N, K, C].
        reference: of many other samples, float32 [N, M, C].
        labels: int64 [N].
    """
    mean = probabilities.mean(axis=1, dtype=np.float64)
    rows, label = np.arange(len(mean)), mean.argmax(axis=1)
    low, high = np.percentile(probabilities[rows, :, label], INTERVAL_PERCENT, axis=1)
    draws = reference[rows, :, label]
    scores = score(mean, labels)
    return Quality(
        accuracy=scores.accuracy,
        nll=scores.nll,
        ece=scores.ece,
        total_variation=float(0.5 * np.abs(mean - reference.mean(axis=1, dtype=np.float64)).sum(axis=1).mean()),
        coverage=float(((draws >= low[:, None]) & (draws <= high[:, None])).mean()),
    )
