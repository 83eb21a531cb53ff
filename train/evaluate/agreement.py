"""How far two predictors are apart on the same images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Predictions, Thresholds
from train.evaluate.predictor import UNCALIBRATED, predict_blocks


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two predictors under the same weights, image by image and sample by sample.

    Attributes:
        max_dp: largest |difference| of a sample's class probability.
        p999_dp: 99.9 percentile of the |differences|.
        mean_dp: their mean.
        predictive_dp: largest |difference| of the predictive mean.
        accuracy: of the reference, the second of the two.
        same_label: share of images with the same label.
        spread: mean |difference| of the width of the label's interval.
        entropy_bits: mean |difference| of total entropy, bits.
    """

    max_dp: float
    p999_dp: float
    mean_dp: float
    predictive_dp: float
    accuracy: float
    same_label: float
    spread: float
    entropy_bits: float


def compare(
    probabilities: NDArray[np.floating], reference: NDArray[np.floating], labels: NDArray[np.integer]
) -> Agreement:
    """Compare class probabilities, [N, K, C], with those of a reference under the same K weight samples.

    Args:
        probabilities: of the one that is judged.
        reference: of the one that is right by definition.
        labels: the true ones, int [N].
    """
    difference = np.abs(probabilities - reference)
    ours, theirs = predict_blocks(probabilities), predict_blocks(reference)
    return Agreement(
        max_dp=float(difference.max()),
        p999_dp=float(np.percentile(difference, 99.9)),
        mean_dp=float(difference.mean()),
        predictive_dp=float(np.abs(ours.mean - theirs.mean).max()),
        accuracy=float((theirs.label == labels).mean()),
        same_label=float((ours.label == theirs.label).mean()),
        spread=float(np.abs(ours.spread - theirs.spread).mean()),
        entropy_bits=float(np.abs(ours.total_bits - theirs.total_bits).mean()),
    )


def mean_spread(probabilities: NDArray[np.floating], samples: int, thresholds: Thresholds = UNCALIBRATED) -> float:
    """Average the width of the label's interval over images and over groups of `samples` of all K, [N, K, C].

    An interval over few samples is narrower, so that only those over equally many compare.
    """
    starts = range(0, max(probabilities.shape[1] - samples, 0) + 1, samples)
    groups = [predict_blocks(probabilities[:, start : start + samples], thresholds) for start in starts]
    return float(np.mean([group.spread.mean() for group in groups]))


def total_variation(p: NDArray[np.floating], q: NDArray[np.floating]) -> float:
    """Average over images the total variation distance of two sets of distributions, [N, C] each; 0 to 1."""
    return float(0.5 * np.abs(p - q).sum(axis=1).mean())


def next_draw_coverage(predictions: Predictions, draws: NDArray[np.floating]) -> float:
    """Give the share of further draws, [N, M, C], that lie in the interval of the predicted class."""
    of_label = draws[np.arange(len(draws)), :, predictions.label]
    low, high = predictions.interval[:, :1], predictions.interval[:, 1:]
    return float(((low <= of_label) & (of_label <= high)).mean())
