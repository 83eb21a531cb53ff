"""What doubt is worth: its mean, risk against coverage, and doubt as a detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from edge_app.runtime.prediction import Predictions

Flags = NDArray[np.bool_]

COVERAGE_PERCENT: Final = range(1, 101)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Means over images: the entropies in bits, and the spread, which is the width of the label's 95 % interval."""

    total_bits: float
    aleatoric_bits: float
    epistemic_bits: float
    spread: float


@dataclass(frozen=True, slots=True)
class Detection:
    """AUROC of each doubt score as a detector; None where the score is constant or a class of images is missing.

    Attributes:
        entropy: of the predictive mean.
        mutual_information: of label and weights.
        spread: the width of the label's 95 % interval.
    """

    entropy: float | None
    mutual_information: float | None
    spread: float | None


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What is gained by answering only the less doubtful images.

    Attributes:
        risk: share of errors among the 1, 2, ..., 100 per cent of images with the least doubt.
        aurc: the area under risk against coverage, over every image (Geifman et al. 2019, arXiv 1805.08206).
    """

    risk: tuple[float, ...]
    aurc: float


def mean_doubt(predictions: Predictions) -> Doubt:
    """Average the doubt over the images of a batch."""
    return Doubt(
        total_bits=float(predictions.total_bits.mean()),
        aleatoric_bits=float(predictions.aleatoric_bits.mean()),
        epistemic_bits=float(predictions.epistemic_bits.mean()),
        spread=float(predictions.spread.mean()),
    )


def detect(predictions: Predictions, marked: Flags) -> Detection:
    """Find the marked images of a batch, bool [N], by their doubt."""
    return _detect(predictions.total_bits, predictions.epistemic_bits, predictions.spread, marked)


def tell_apart(ordinary: Predictions, other: Predictions) -> Detection:
    """Tell the images of another batch from ordinary ones by their doubt."""
    return _detect(
        np.concatenate([ordinary.total_bits, other.total_bits]),
        np.concatenate([ordinary.epistemic_bits, other.epistemic_bits]),
        np.concatenate([ordinary.spread, other.spread]),
        np.repeat([False, True], [len(ordinary.label), len(other.label)]),
    )


def risk_coverage(doubt: NDArray[np.floating], wrong: Flags) -> RiskCoverage:
    """Follow the risk as more doubtful images are answered too.

    Images of equal doubt come in random order; what is given is the mean over those orders.

    Args:
        doubt: larger where less certain, float [N].
        wrong: whether the image is misread, bool [N].
    """
    _, group, size = np.unique(doubt, return_inverse=True, return_counts=True)
    rate = np.bincount(group, weights=wrong) / size
    risks = np.cumsum(np.repeat(rate, size)) / np.arange(1, len(doubt) + 1)
    answered = [max(1, round(percent / 100 * len(doubt))) for percent in COVERAGE_PERCENT]
    return RiskCoverage(tuple(float(risks[count - 1]) for count in answered), float(risks.mean()))


def auroc(score: NDArray[np.floating], positive: Flags) -> float | None:
    """Give the probability that a positive scores higher than a negative; None when one of the two is missing."""
    return None if positive.all() or not positive.any() else float(roc_auc_score(positive, score))


def _detect(
    entropy: NDArray[np.float64], information: NDArray[np.float64], spread: NDArray[np.float64], marked: Flags
) -> Detection:
    # Mutual information and spread are 0 throughout where there is one pass: no score at all.
    return Detection(
        entropy=auroc(entropy, marked),
        mutual_information=auroc(information, marked) if information.any() else None,
        spread=auroc(spread, marked) if spread.any() else None,
    )
