"""Measures what a way of prediction keeps of the posterior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Thresholds
from export.bench.row import Quality
from train.evaluate import UNCALIBRATED, predict_blocks
from train.evaluate.agreement import next_draw_coverage, total_variation
from train.evaluate.scores import score


def measure_quality(
    probabilities: NDArray[np.float32],
    reference: NDArray[np.float32],
    labels: NDArray[np.int64],
    thresholds: Thresholds = UNCALIBRATED,
) -> Quality:
    """Hold a way of prediction against many draws.

    Args:
        probabilities: float32 [N, K, C].
        reference: of many other samples, float32 [N, M, C].
        labels: int64 [N].
        thresholds: how the K stand for the posterior.
    """
    predictions = predict_blocks(probabilities, thresholds)
    scores = score(predictions.mean, labels)
    return Quality(
        accuracy=scores.accuracy,
        nll=scores.nll,
        ece=scores.ece,
        total_variation=total_variation(predictions.mean, reference.mean(axis=1, dtype=np.float64)),
        coverage=next_draw_coverage(predictions, reference),
    )
