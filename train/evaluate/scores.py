"""How good predicted class probabilities are, against the true labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

ECE_BINS: Final = 15


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one set of predictions.

    Attributes:
        accuracy: share of images whose most probable class is the true one.
        nll: mean negative log-likelihood of the true class, nats (0.693 is a coin's).
        brier: mean over images of the squared error summed over classes, 0 to 2 (Brier 1950).
        ece: expected calibration error over 15 equal bins of confidence (Guo et al. 2017, arXiv 1706.04599).
    """

    accuracy: float
    nll: float
    brier: float
    ece: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The images whose confidence, the largest mean probability, lies in one of 15 equal bins.

    Attributes:
        count: number of images; 0 leaves the means at None.
        confidence: their mean confidence.
        accuracy: share of them read right.
    """

    count: int
    confidence: float | None
    accuracy: float | None


def score(mean: NDArray[np.floating], labels: NDArray[np.integer]) -> Scores:
    """Score predictive means, float [N, C], against labels, int [N].

    Raises:
        ValueError: there is no image, or the shapes do not fit.
    """
    p = np.asarray(mean, np.float64)
    if p.ndim != 2 or labels.shape != p.shape[:1] or len(p) == 0:
        raise ValueError(f"found means {list(p.shape)} and labels {list(labels.shape)}, expected [N, C] and [N]")
    true = p[np.arange(len(p)), labels]
    right = p.argmax(axis=1) == labels
    onehot = np.eye(p.shape[1])[labels]
    return Scores(
        accuracy=float(right.mean()),
        nll=float(-np.log(np.maximum(true, np.finfo(np.float32).tiny)).mean()),
        brier=float(((p - onehot) ** 2).sum(axis=1).mean()),
        ece=_calibration_error(p.max(axis=1), right),
    )


def reliability(mean: NDArray[np.floating], labels: NDArray[np.integer]) -> tuple[Bin, ...]:
    """Sort predictive means, float [N, C], by confidence into 15 bins, each closed above."""
    confidence = mean.max(axis=1)
    right = mean.argmax(axis=1) == labels
    bins = confidence_bin(confidence)
    return tuple(_bin(confidence[bins == index], right[bins == index]) for index in range(ECE_BINS))


def confidence_bin(confidence: NDArray[np.floating]) -> NDArray[np.int64]:
    """Sort confidences into equal bins, 0 to 14, int64 [...].

    Bins are open below and closed above, so that a confidence of exactly 1 counts.
    """
    return np.asarray(np.clip(np.ceil(confidence * ECE_BINS).astype(np.int64) - 1, 0, ECE_BINS - 1))


def _calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    gaps = np.bincount(confidence_bin(confidence), weights=confidence - right, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def _bin(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> Bin:
    if len(right) == 0:
        return Bin(0, None, None)
    return Bin(len(right), float(confidence.mean()), float(right.mean()))
