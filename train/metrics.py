"""What doubt is worth: reliability by confidence, risk against coverage, and doubt as a detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from edge_app.scores import ECE_BINS, confidence_bin

COVERAGE_PERCENT = range(1, 101)


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


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What is gained by answering only the less doubtful images.

    Attributes:
        risk: share of errors among the 1, 2, ..., 100 per cent of images with the least doubt.
        aurc: the area under risk against coverage, over every image (Geifman et al. 2019, arXiv 1805.08206).
    """

    risk: tuple[float, ...]
    aurc: float


def reliability(mean: NDArray[np.floating], labels: NDArray[np.integer]) -> tuple[Bin, ...]:
    """Sort predictive means, float [N, C], by confidence into 15 bins, each closed above."""
    confidence = mean.max(axis=1)
    right = mean.argmax(axis=1) == labels
    bins = confidence_bin(confidence)
    return tuple(_bin(confidence[bins == index], right[bins == index]) for index in range(ECE_BINS))


def risk_coverage(doubt: NDArray[np.floating], wrong: NDArray[np.bool_]) -> RiskCoverage:
    """Follow the risk as more doubtful images are answered too.

    Images of equal doubt come in random order; what is given is the mean over those orders.

    Args:
        doubt: larger where less certain, float [N].
        wrong: whether the image is misread, bool [N].
    """
    _, group, size = np.unique(doubt, return_inverse=True, return_counts=True)
    rate = np.bincount(group, weights=wrong) / size
    risks = np.cumsum(np.repeat(rate, size)) / np.arange(1, len(doubt) + 1)
    kept = [max(1, round(percent / 100 * len(doubt))) for percent in COVERAGE_PERCENT]
    return RiskCoverage(tuple(float(risks[count - 1]) for count in kept), float(risks.mean()))


def auroc(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> float | None:
    """Give the probability that a positive scores higher than a negative; None when one of the two is missing."""
    return None if positive.all() or not positive.any() else float(roc_auc_score(positive, score))


def _bin(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> Bin:
    if len(right) == 0:
        return Bin(0, None, None)
    return Bin(len(right), float(confidence.mean()), float(right.mean()))
