"""What K sampled class distributions say together: a label, its interval, and how much doubt of which sort."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

INTERVAL_PERCENT = (2.5, 97.5)


class Reason(StrEnum):
    """Why a prediction is unsure."""

    AMBIGUOUS = "ambiguous"
    UNFAMILIAR = "unfamiliar"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a bundle was calibrated to.

    Attributes:
        entropy_bits: a prediction whose total entropy is larger is unsure, bits.
        conformal: a class is in the label set when its mean probability is at least 1 - conformal.
    """

    entropy_bits: float
    conformal: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The reading of one image, or of a batch; `...` is empty or [N].

    Attributes:
        mean: predictive mean over the samples, float64 [..., C].
        low: 2.5 percentile over the samples, float64 [..., C].
        high: 97.5 percentile over the samples, float64 [..., C].
        label: the class of the largest mean, int64 [...].
        total_bits: entropy of the mean, float64 [...].
        aleatoric_bits: mean entropy of the samples, float64 [...].
        epistemic_bits: mutual information of class and weights, float64 [...].
        label_set: whether a class is in the conformal label set, bool [..., C].
        unsure: whether the prediction carries a warning, bool [...].
        unfamiliar: for an unsure one, whether it is unfamiliar rather than ambiguous, bool [...].
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    label: NDArray[np.int64]
    total_bits: NDArray[np.float64]
    aleatoric_bits: NDArray[np.float64]
    epistemic_bits: NDArray[np.float64]
    label_set: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    unfamiliar: NDArray[np.bool_]

    @property
    def probability(self) -> NDArray[np.float64]:
        """Mean probability of the predicted class, float64 [...]."""
        return _of_label(self.mean, self.label)

    @property
    def interval(self) -> NDArray[np.float64]:
        """2.5 and 97.5 percentile of the predicted class's probability, float64 [..., 2]."""
        return np.stack([_of_label(self.low, self.label), _of_label(self.high, self.label)], axis=-1)

    @property
    def spread(self) -> NDArray[np.float64]:
        """Width of the predicted class's interval, float64 [...]."""
        return _of_label(self.high - self.low, self.label)

    @property
    def reason(self) -> Reason | None:
        """Why one image's prediction is unsure; None when it is not. For a batch, index it first."""
        if not self.unsure:
            return None
        return Reason.UNFAMILIAR if self.unfamiliar else Reason.AMBIGUOUS

    def __getitem__(self, index: int | slice | NDArray[np.generic]) -> Prediction:
        """Select images of a batch."""
        return Prediction(**{name: np.asarray(getattr(self, name)[index]) for name in self.__slots__})


def predict(probabilities: NDArray[np.floating], thresholds: Thresholds) -> Prediction:
    """Turn the samples' class probabilities into a prediction.

    The split of the total entropy in aleatoric and epistemic follows Depeweg et al. 2018 (arXiv 1710.07283). Mutual
    information estimated from K samples is low by a factor of about 1 - 1/K, which K / (K - 1) undoes.

    Args:
        probabilities: [..., K, C], each row a distribution over the classes.
        thresholds: the bundle's calibrated thresholds.

    Raises:
        ValueError: the array has fewer than two axes, no sample, or a value that is no probability.
    """
    p = np.asarray(probabilities, np.float64)
    if p.ndim < 2 or 0 in p.shape[-2:]:
        raise ValueError(f"probabilities: found shape {list(p.shape)}, expected [..., K, C] with K and C at least 1")
    if not (np.isfinite(p).all() and (p >= 0).all()):
        raise ValueError("probabilities: found a negative or non-finite value, expected numbers from 0 to 1")
    mean = p.mean(axis=-2)
    low, high = np.percentile(p, INTERVAL_PERCENT, axis=-2)
    total = entropy_bits(mean)
    aleatoric = entropy_bits(p).mean(axis=-1)
    epistemic = _mutual_information(total, aleatoric, p.shape[-2])
    label_set = mean >= 1.0 - thresholds.conformal
    empty = ~label_set.any(axis=-1)
    return Prediction(
        mean=mean,
        low=low,
        high=high,
        label=np.asarray(mean.argmax(axis=-1)),
        total_bits=total,
        aleatoric_bits=aleatoric,
        epistemic_bits=epistemic,
        label_set=label_set,
        unsure=(total > thresholds.entropy_bits) | empty,
        unfamiliar=empty | (epistemic > aleatoric),
    )


def temper(probabilities: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Sharpen (temperature < 1) or flatten (> 1) each sample's distribution: p^(1 / temperature), made to sum to 1.

    Temperature scaling of the logits (Guo et al. 2017, arXiv 1706.04599), written for probabilities. It is applied to
    every sample, so that mean, interval and entropies stay those of one set of distributions.
    """
    powers = np.asarray(probabilities, np.float64) ** (1.0 / temperature)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def entropy_bits(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Shannon entropy in bits over the last axis, float64 [...]; 0 log 0 counts as 0."""
    p = np.asarray(probabilities, np.float64)
    logs = np.log2(p, out=np.zeros_like(p), where=p > 0)
    return np.asarray(-(p * logs).sum(axis=-1) + 0.0)  # + 0.0 turns -0.0 into 0.0


def _mutual_information(
    total: NDArray[np.float64], aleatoric: NDArray[np.float64], samples: int
) -> NDArray[np.float64]:
    if samples == 1:  # One sample cannot disagree with itself.
        return np.zeros_like(total)
    return np.maximum(total - aleatoric, 0.0) * samples / (samples - 1)


def _of_label(values: NDArray[np.float64], label: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.take_along_axis(values, np.asarray(label)[..., None], axis=-1)[..., 0])
