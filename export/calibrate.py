"""Chooses a bundle's thresholds on held-out images, so that its warnings keep a promise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import beta

from edge_app.runtime.drift import count_scores
from edge_app.runtime.manifest import TEMPERATURES, CalibratedOn, Conformal, WarningRule
from edge_app.runtime.prediction import entropy_bits, temper
from export.errors import ExportError


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a manifest promises.

    Attributes:
        temperature: exponent 1 / temperature is applied to every sample's probabilities.
        warning: the threshold on total entropy and the risk that it promises.
        conformal: the threshold of the label sets.
        entropy_counts: how many images had which total entropy, as `count_scores` counts them.
    """

    temperature: float
    warning: WarningRule
    conformal: Conformal
    entropy_counts: tuple[int, ...]


def calibrate(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    target_risk: float = 0.005,
    confidence: float = 0.95,
    alpha: float = 0.01,
    doubted: float = 0.0,
) -> Calibration:
    """Calibrate on images that were not trained on.

    The temperature, a single number, is fitted to the same images as the thresholds: the tests hold what is promised
    with it included.

    Args:
        probabilities: what the exported graph gives, float32 [N, K, C].
        labels: int64 [N].
        target_risk: share of errors allowed among the images without a warning.
        confidence: with which the risk is promised.
        alpha: share of images whose label set may miss the true label.
        doubted: share of these images, the most doubtful, that are to carry a warning even where the risk asks for
            fewer: what is no digit at all is then more often warned of.

    Raises:
        ExportError: a share is not between 0 and 1.
    """
    for name, share in {"risk": target_risk, "confidence": confidence, "alpha": alpha}.items():
        if not 0 < share < 1:
            raise ExportError(f"{name}: found {share}, expected a number above 0 and below 1")
    if not 0 <= doubted < 1:
        raise ExportError(f"doubted: found {doubted}, expected a number from 0 to below 1")
    temperature = fit_temperature(probabilities, labels)
    mean = temper(probabilities, temperature).mean(axis=1)
    entropies = entropy_bits(mean)
    warning = WarningRule(
        rule="total_entropy",
        threshold_bits=risk_threshold(
            entropies,
            mean.argmax(axis=1) != labels,
            target_risk=target_risk,
            confidence=confidence,
            most=len(labels) - math.ceil(doubted * len(labels)),
        ),
        target_risk=target_risk,
        confidence=confidence,
        doubted=doubted,
        calibrated_on=CalibratedOn.IMAGES,
        samples=probabilities.shape[1],
        images=len(labels),
    )
    scores = np.clip(1.0 - mean[np.arange(len(labels)), labels], 0.0, 1.0)  # a mean may be rounded to above 1
    conformal = Conformal(threshold=conformal_threshold(scores, alpha), alpha=alpha, images=len(labels))
    return Calibration(temperature, warning, conformal, count_scores(entropies))


def fit_temperature(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Find the temperature at which the mean's NLL is least (Guo et al. 2017, arXiv 1706.04599).

    Args:
        probabilities: float32 [N, K, C].
        labels: int64 [N].

    Returns:
        The temperature, from 0.5 to 2; 1 where the best one lowers the NLL by less than twice the standard error.
    """

    def surprise(temperature: float) -> NDArray[np.float64]:
        true = temper(probabilities, temperature).mean(axis=1)[np.arange(len(labels)), labels]
        return np.asarray(-np.log(np.maximum(true, np.finfo(np.float32).tiny)))

    best = minimize_scalar(
        lambda temperature: surprise(temperature).mean(), bounds=TEMPERATURES, method="bounded", options={"xatol": 0.01}
    ).x
    gain = surprise(1.0) - surprise(best)
    return float(best) if gain.mean() > 2 * gain.std() / math.sqrt(len(labels)) else 1.0


def risk_threshold(
    doubt: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    *,
    target_risk: float,
    confidence: float,
    most: int | None = None,
) -> float:
    """Find the largest threshold on a doubt score that keeps the risk below it, with confidence.

    The selection with guaranteed risk of Geifman and El-Yaniv 2017 (arXiv 1705.08500, algorithm 1): a binary search
    over the sorted scores, each step tested at an equal share of 1 - confidence with the exact binomial bound. It
    starts at the fewest images that could keep the promise, for fewer would fail without a single error.

    Args:
        doubt: score of each image, larger where less certain, float64 [N].
        wrong: whether the image is misread, bool [N].
        target_risk: share of errors allowed among images whose doubt is at most the threshold.
        confidence: of the promise.
        most: how many images may be at or below the threshold, ties aside; None for all.

    Returns:
        The threshold; -1, so that every image is above it, when no threshold keeps the promise.
    """
    order = np.argsort(doubt, kind="stable")
    ranked, errors = doubt[order], np.cumsum(wrong[order])
    delta = (1.0 - confidence) / math.ceil(math.log2(len(doubt) + 1))
    fewest = math.ceil(math.log(delta) / math.log1p(-target_risk))
    low, high = fewest - 2, len(doubt) if most is None else most  # between them is the last image that can be kept
    while high - low > 1:
        middle = (low + high) // 2
        kept = int(np.searchsorted(ranked, ranked[middle], side="right"))
        if binomial_upper_bound(int(errors[kept - 1]), kept, delta) <= target_risk:
            low = middle
        else:
            high = middle
    return float(ranked[low]) if fewest - 1 <= low < len(doubt) else -1.0


def binomial_upper_bound(errors: int, trials: int, delta: float) -> float:
    """Bound an error rate from above with probability 1 - delta (Clopper and Pearson 1934)."""
    return 1.0 if errors >= trials else float(beta.ppf(1.0 - delta, errors + 1, trials - errors))


def conformal_threshold(scores: NDArray[np.float64], alpha: float) -> float:
    """Give the split-conformal threshold: the ceil((n + 1)(1 - alpha))-th smallest score of n.

    Vovk et al. 2005; Angelopoulos and Bates 2021 (arXiv 2107.07511). It is 1, so that every class is in the set, when
    n is too small for alpha.
    """
    rank = math.ceil((len(scores) + 1) * (1.0 - alpha))
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else 1.0
