"""What K sampled class distributions say together: a label, its interval, and how much doubt of which sort."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

INTERVAL_PERCENT: Final = (2.5, 97.5)
FEWEST_FOR_INTERVAL: Final = 39
"""Samples below which no interval between two of them covers 95 % of the next draw; it then goes from the least to the
largest and covers (K - 1) / (K + 1)."""
FEWEST_EVEN: Final = 20
"""The same for even points, which cover 1 - 1 / K."""


class Reason(StrEnum):
    """Why a prediction is unsure."""

    AMBIGUOUS = "ambiguous"
    """The samples agree that it may be one of several classes."""
    UNFAMILIAR = "unfamiliar"
    """The samples disagree, or no class is likely."""
    LINE = "line"
    """Other ink, as of a ruled line, touches it, so that it can be cut out in several ways."""
    EDGE = "edge"
    """The picture's edge cuts it, so that nobody knows the rest."""
    PRINT = "print"
    """It may as well be print, a letter of a word or a piece of a line: by its ink, its size or what is around it."""
    NOT_A_DIGIT = "not a digit"
    """No class is likely, so that it is taken for none of them."""


class Sampling(StrEnum):
    """How K class distributions stand for the posterior's: what an estimate from them may assume."""

    INDEPENDENT = "independent"  # each is a draw of its own
    EVEN = "even"  # points chosen together, each of which stands for an equal share of the distribution


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a bundle was calibrated to.

    Attributes:
        entropy_bits: a prediction whose total entropy is larger is unsure, bits.
        conformal: a class is in the label set when its mean probability is at least 1 - conformal.
        sampling: how the bundle's samples stand for the posterior.
    """

    entropy_bits: float
    conformal: float
    sampling: Sampling = Sampling.INDEPENDENT


@dataclass(frozen=True, slots=True)
class Prediction:
    """What K sampled class distributions say of one image, in plain Python values.

    Attributes:
        label: index of the class of the largest mean probability.
        mean: predictive mean, the average over the samples; one probability for each of C classes.
        low: lower end of each class's 95 % interval over the samples, C values; of fewer than `FEWEST_FOR_INTERVAL`
            samples the least of them, and the interval covers less.
        high: upper end of each class's 95 % interval over the samples, C values.
        total_bits: entropy of the mean, bits.
        aleatoric_bits: mean entropy of the samples, bits.
        epistemic_bits: mutual information of class and weights, bits.
        label_set: indices of the classes in the conformal label set, ascending.
        reason: why the prediction carries a warning; None when it does not.
    """

    label: int
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    total_bits: float
    aleatoric_bits: float
    epistemic_bits: float
    label_set: tuple[int, ...]
    reason: Reason | None

    @property
    def probability(self) -> float:
        """Mean probability of the predicted class."""
        return self.mean[self.label]

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the predicted class's probability."""
        return self.low[self.label], self.high[self.label]

    @property
    def spread(self) -> float:
        """Width of the predicted class's interval."""
        low, high = self.interval
        return high - low

    @property
    def unsure(self) -> bool:
        """Whether the prediction carries a warning."""
        return self.reason is not None

    @property
    def is_digit(self) -> bool:
        """Whether the image is taken for one of the classes at all."""
        return self.reason is not Reason.NOT_A_DIGIT


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What K sampled class distributions say of each image of a batch; `predictions[i]` is image i's `Prediction`.

    Attributes:
        label: index of the class of the largest mean probability, int64 [N].
        mean: predictive mean over the samples, float64 [N, C].
        low: lower end of the 95 % interval over the samples, float64 [N, C].
        high: upper end of the 95 % interval over the samples, float64 [N, C].
        total_bits: entropy of the mean, bits, float64 [N].
        aleatoric_bits: mean entropy of the samples, bits, float64 [N].
        epistemic_bits: mutual information of class and weights, bits, float64 [N].
        label_set: whether a class is in the conformal label set, bool [N, C].
        unsure: whether the prediction carries a warning, bool [N].
        unfamiliar: whether an unsure one is unfamiliar rather than ambiguous, bool [N].
    """

    label: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    total_bits: NDArray[np.float64]
    aleatoric_bits: NDArray[np.float64]
    epistemic_bits: NDArray[np.float64]
    label_set: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    unfamiliar: NDArray[np.bool_]

    @property
    def probability(self) -> NDArray[np.float64]:
        """Mean probability of the predicted class, float64 [N]."""
        return _of_label(self.mean, self.label)

    @property
    def interval(self) -> NDArray[np.float64]:
        """95 % interval of the predicted class's probability, float64 [N, 2]."""
        return np.stack([_of_label(self.low, self.label), _of_label(self.high, self.label)], axis=-1)

    @property
    def spread(self) -> NDArray[np.float64]:
        """Width of the predicted class's interval, float64 [N]."""
        return _of_label(self.high - self.low, self.label)

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, index: int) -> Prediction:
        """Give the prediction of one image."""
        return Prediction(
            label=int(self.label[index]),
            mean=tuple(self.mean[index].tolist()),
            low=tuple(self.low[index].tolist()),
            high=tuple(self.high[index].tolist()),
            total_bits=float(self.total_bits[index]),
            aleatoric_bits=float(self.aleatoric_bits[index]),
            epistemic_bits=float(self.epistemic_bits[index]),
            label_set=tuple(self.label_set[index].nonzero()[0].tolist()),
            reason=self._reason(index),
        )

    def __iter__(self) -> Iterator[Prediction]:
        return (self[index] for index in range(len(self)))

    def _reason(self, index: int) -> Reason | None:
        if not self.unsure[index]:
            return None
        return Reason.UNFAMILIAR if self.unfamiliar[index] else Reason.AMBIGUOUS


_PLOTTING: Final = {Sampling.INDEPENDENT: 0.0, Sampling.EVEN: 0.5}
"""The constant a of the plotting position (i - a) / (K + 1 - 2 a) of draw number i of K."""


def predict(probabilities: NDArray[np.floating], thresholds: Thresholds) -> Prediction:
    """Turn one image's sampled class probabilities into a prediction.

    Args:
        probabilities: [K, C], each row a distribution over the classes.
        thresholds: the bundle's calibrated thresholds.

    Raises:
        ValueError: as `predict_batch`.
    """
    return predict_batch(np.asarray(probabilities)[None], thresholds)[0]


def predict_batch(probabilities: NDArray[np.floating], thresholds: Thresholds) -> Predictions:
    """Turn a batch's sampled class probabilities into predictions.

    The split of the total entropy in aleatoric and epistemic follows Depeweg et al. 2018 (arXiv 1710.07283). Mutual
    information estimated from K independent samples is low by a factor of about 1 - 1/K, which K / (K - 1) undoes.

    Args:
        probabilities: [N, K, C], each row a distribution over the classes.
        thresholds: the bundle's calibrated thresholds.

    Raises:
        ValueError: the array has not three axes, there is no sample or class, or a row is no distribution.
    """
    p = np.asarray(probabilities, np.float64)
    if p.ndim != 3 or 0 in p.shape[1:]:
        raise ValueError(f"probabilities: found shape {list(p.shape)}, expected [N, K, C] with K and C at least 1")
    require_distributions(p)
    mean = p.mean(axis=1)
    low, high = percentile_interval(p, axis=1, sampling=thresholds.sampling)
    total = entropy_bits(mean)
    aleatoric = entropy_bits(p).mean(axis=1)
    epistemic = _mutual_information(total, aleatoric, p.shape[1], thresholds.sampling)
    label_set = mean >= 1.0 - thresholds.conformal
    empty = ~label_set.any(axis=1)
    return Predictions(
        label=np.asarray(mean.argmax(axis=1)),
        mean=mean,
        low=low,
        high=high,
        total_bits=total,
        aleatoric_bits=aleatoric,
        epistemic_bits=epistemic,
        label_set=label_set,
        unsure=(total > thresholds.entropy_bits) | empty,
        unfamiliar=empty | (epistemic > aleatoric),
    )


def percentile_interval(
    draws: NDArray[np.floating], axis: int, sampling: Sampling = Sampling.INDEPENDENT
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the lower and the upper end of the interval that 95 % of all next draws fall into.

    Draw number i of K in ascending order stands at the probability i / (K + 1), with straight lines between them: the
    plotting position of Weibull, type 6 of Hyndman and Fan 1996 (10.1080/00031305.1996.10473566). That is exact for
    draws of a uniform distribution and within half a per cent for others; NumPy's default, type 7, covers
    0.95 (K - 1) / (K + 1), 91 % at K = 50. With fewer samples than `FEWEST_FOR_INTERVAL` no interval can.

    An even point stands for the share about it: number i stands at (i - 1/2) / K, the position of Hazen, type 5.

    Args:
        draws: K of them along the axis.
        axis: which one.
        sampling: how they stand for the distribution.
    """
    last, a = draws.shape[axis] - 1, _PLOTTING[sampling]
    places = [min(max((last + 2 - 2 * a) * percent / 100 + a - 1, 0.0), last) for percent in INTERVAL_PERCENT]
    below = [int(place) for place in places]
    above = [min(index + 1, last) for index in below]
    # A few order statistics, each in its place: some times faster than `np.percentile`, which gives the same.
    ranked = np.moveaxis(np.partition(np.asarray(draws, np.float64), (*below, *above), axis=axis), axis, 0)
    low, high = (
        ranked[index] + (place - index) * (ranked[following] - ranked[index])
        for place, index, following in zip(places, below, above, strict=True)
    )
    return low, high


def too_few_samples(samples: int, sampling: Sampling = Sampling.INDEPENDENT) -> str | None:
    """Say in one line what the interval between so few samples covers; None where that is 95 %."""
    even = sampling is Sampling.EVEN
    covered = 1 - 1 / samples if even else (samples - 1) / (samples + 1)
    if covered >= 0.95:
        return None
    fewest = FEWEST_EVEN if even else FEWEST_FOR_INTERVAL
    return f"K = {samples}: intervals cover {covered:.0%} of the next draw, not 95 %; that takes {fewest} samples"


def require_distributions(probabilities: NDArray[np.floating]) -> None:
    """Refuse rows that are no distributions over the classes.

    A row may miss a sum of one by (C + 1) / 512: an int8 graph's softmax rounds each of C classes to steps of 1/256, by
    half a step, and puts a certainty down as 255/256. A float graph's row misses it by a millionth.

    Args:
        probabilities: [..., C].

    Raises:
        ValueError: a value is negative or not finite, or a row does not sum to one.
    """
    if not np.isfinite(probabilities).all() or (probabilities < 0).any():
        raise ValueError("probabilities: found a negative or non-finite value, expected numbers from 0 to 1")
    miss = np.abs(probabilities.sum(axis=-1) - 1.0)
    if (miss > (probabilities.shape[-1] + 1) / 512).any():
        total = probabilities.sum(axis=-1).flat[miss.argmax()]
        raise ValueError(f"probabilities: found a row that sums to {total:g}, expected 1")


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
    total: NDArray[np.float64], aleatoric: NDArray[np.float64], samples: int, sampling: Sampling
) -> NDArray[np.float64]:
    if sampling is Sampling.EVEN:
        return np.maximum(total - aleatoric, 0.0)
    if samples == 1:  # One sample cannot disagree with itself.
        return np.zeros_like(total)
    return np.maximum(total - aleatoric, 0.0) * samples / (samples - 1)


def _of_label(values: NDArray[np.float64], label: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.take_along_axis(values, np.asarray(label)[..., None], axis=-1)[..., 0])
