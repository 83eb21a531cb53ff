"""What K sampled means, and scales, say together of a quantity: an estimate, its intervals, its variance's parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Sampling, percentile_interval

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a bundle was calibrated to.

    Attributes:
        noise: of each of D quantities, what the graph's scale is multiplied by to give the noise's standard deviation;
            where the graph gives a mean alone, that standard deviation itself.
        deviations: of each quantity, how many predictive standard deviations the prediction's interval reaches to
            either side of the mean.
        sampling: how the bundle's samples stand for the posterior.
    """

    noise: tuple[float, ...]
    deviations: tuple[float, ...]
    sampling: Sampling = Sampling.INDEPENDENT


@dataclass(frozen=True, slots=True)
class Estimate:
    """What K samples say of one input's D quantities, in plain Python values; each attribute holds D of them.

    Attributes:
        mean: predictive mean, in the quantity's unit.
        mean_low: lower end of the mean's 95 % interval over the samples: what the weights leave open.
        mean_high: upper end of the same.
        low: lower end of the prediction's interval, which holds the true value as often as was calibrated.
        high: upper end of the same.
        aleatoric: variance of the noise, in the unit squared, the mean over the samples.
        epistemic: variance of the samples' means, in the unit squared.
    """

    mean: tuple[float, ...]
    mean_low: tuple[float, ...]
    mean_high: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    aleatoric: tuple[float, ...]
    epistemic: tuple[float, ...]

    @property
    def variance(self) -> tuple[float, ...]:
        """Predictive variance, the sum of the two (law of total variance), D values."""
        return tuple(noise + weights for noise, weights in zip(self.aleatoric, self.epistemic, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """What K samples say of each input of a batch, float64 [N, D] each; `estimates[i]` is input i's `Estimate`.

    The attributes are those of `Estimate`.
    """

    mean: Array
    mean_low: Array
    mean_high: Array
    low: Array
    high: Array
    aleatoric: Array
    epistemic: Array

    @property
    def variance(self) -> Array:
        """Predictive variance, float64 [N, D]."""
        return self.aleatoric + self.epistemic

    def __len__(self) -> int:
        return len(self.mean)

    def __getitem__(self, index: int) -> Estimate:
        """Give the estimate of one input."""
        return Estimate(*(tuple(getattr(self, name)[index].tolist()) for name in Estimate.__slots__))

    def __iter__(self) -> Iterator[Estimate]:
        return (self[index] for index in range(len(self)))


def estimate(values: NDArray[np.floating], calibration: Calibration) -> Estimate:
    """Turn one input's samples into an estimate.

    Args:
        values: [K, V]; see `estimate_batch`.
        calibration: the bundle's.

    Raises:
        ValueError: as `estimate_batch`.
    """
    return estimate_batch(np.asarray(values)[None], calibration)[0]


def estimate_batch(values: NDArray[np.floating], calibration: Calibration) -> Estimates:
    """Turn a batch's samples into estimates.

    The predictive distribution is the samples' mixture; by the law of total variance its variance is the mean of the
    samples' variances, aleatoric, and the variance of their means, epistemic. The latter divides by K - 1, as it is
    estimated from K independent draws; by K where the samples are even points.

    Args:
        values: [N, K, V], each row D means, or D means and D standard deviations behind them.
        calibration: the bundle's, of D quantities.

    Raises:
        ValueError: the array's shape is another, a value is not finite, or a standard deviation is not above 0.
    """
    means, scales = split_values(values, len(calibration.noise))
    samples = means.shape[1]
    mean = means.mean(axis=1)
    mean_low, mean_high = percentile_interval(means, axis=1, sampling=calibration.sampling)
    aleatoric = (np.square(scales) * np.square(calibration.noise)).mean(axis=1)
    correction = 0 if calibration.sampling is Sampling.EVEN or samples == 1 else 1
    epistemic = means.var(axis=1, ddof=correction)
    reach = np.sqrt(aleatoric + epistemic) * calibration.deviations
    return Estimates(mean, mean_low, mean_high, mean - reach, mean + reach, aleatoric, epistemic)


def split_values(values: NDArray[np.floating], quantities: int) -> tuple[Array, Array]:
    """Give the samples' means and scales, float64 [N, K, D] both; the scale is 1 where there is none.

    Args:
        values: [N, K, D] or [N, K, 2 D].
        quantities: D.

    Raises:
        ValueError: as `estimate_batch`.
    """
    v = np.asarray(values, np.float64)
    if v.ndim != 3 or v.shape[1] == 0 or v.shape[2] not in {quantities, 2 * quantities}:
        raise ValueError(
            f"values: found shape {list(v.shape)}, expected [N, K, {quantities}] or [N, K, {2 * quantities}], K at "
            "least 1"
        )
    if not np.isfinite(v).all():
        raise ValueError("values: found one that is not finite, expected finite ones")
    means, scales = v[..., :quantities], v[..., quantities:]
    if scales.size == 0:
        return means, np.ones_like(means)
    if not (scales > 0).all():
        raise ValueError(f"values: found a standard deviation of {scales.min():g}, expected one above 0")
    return means, scales
