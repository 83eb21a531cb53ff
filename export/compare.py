"""Turns sampled class probabilities into the figures by which a bundle is held against the full model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.manifest import Agreement, Figures
from edge_app.runtime.prediction import Predictions, Thresholds, predict_batch
from edge_app.scores import score

BLOCK = 1000  # images at a time: percentiles in float64 need several copies of [N, K, C]
NO_WARNING = Thresholds(entropy_bits=np.inf, conformal=1.0)


def summarise(probabilities: NDArray[np.float32], labels: NDArray[np.int64], interval_samples: int) -> Figures:
    """Score the predictive mean of float32 [N, K, C] against labels, and average its doubt.

    The mean spread is that of intervals over `interval_samples` samples, averaged over as many groups as there are: an
    interval over few samples is narrower, so that only those over equally many compare.
    """
    predictions = list(_predictions(probabilities))
    entropies = {name: _average(predictions, name) for name in ("total_bits", "aleatoric_bits", "epistemic_bits")}
    groups = [
        probabilities[:, start : start + interval_samples]
        for start in range(0, max(probabilities.shape[1] - interval_samples, 0) + 1, interval_samples)
    ]
    return Figures(
        **asdict(score(np.concatenate([prediction.mean for prediction in predictions]), labels)),
        spread=float(np.mean([_average(list(_predictions(group)), "spread") for group in groups])),
        **entropies,
    )


def compare(probabilities: NDArray[np.float32], reference: NDArray[np.float32], labels: NDArray[np.int64]) -> Agreement:
    """Hold a bundle against the full model under the same weights.

    Args:
        probabilities: the bundle's, float32 [N, K, C].
        reference: the full model's, float32 [N, K, C].
        labels: the true ones, int64 [N].
    """
    difference = np.abs(probabilities - reference)
    pairs = list(zip(_predictions(probabilities), _predictions(reference), strict=True))
    return Agreement(
        max_dp=float(difference.max()),
        most_dp=float(np.percentile(difference, 99.9)),
        mean_dp=float(difference.mean()),
        predictive_dp=float(np.concatenate([np.abs(ours.mean - theirs.mean) for ours, theirs in pairs]).max()),
        accuracy=float((np.concatenate([theirs.label for _, theirs in pairs]) == labels).mean()),
        same_label=float(np.concatenate([ours.label == theirs.label for ours, theirs in pairs]).mean()),
        spread=float(np.concatenate([np.abs(ours.spread - theirs.spread) for ours, theirs in pairs]).mean()),
        entropy_bits=float(
            np.concatenate([np.abs(ours.total_bits - theirs.total_bits) for ours, theirs in pairs]).mean()
        ),
    )


def _average(predictions: list[Predictions], name: str) -> float:
    return float(np.concatenate([getattr(prediction, name) for prediction in predictions]).mean())


def _predictions(probabilities: NDArray[np.float32]) -> Iterator[Predictions]:
    for start in range(0, len(probabilities), BLOCK):
        yield predict_batch(probabilities[start : start + BLOCK], NO_WARNING)
