"""Tests whether a sampled graph's class probabilities have the full model's distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from export.figures import DrawsTest

BLOCKS = 40
FLOOR = 1e-3  # share of the whole spread that a block of draws is taken to have at the least
INFORMATIVE = 0.1  # share of the largest spread below which a class of an image is left out


def compare_draws(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> DrawsTest:
    """Compare draws of class probabilities, float32 [N, draws, C] of either source, which both vary.

    The full model has one draw of weights for all images, so that these are not independent. Each mean is therefore
    tested by itself (Welch's z, with Šidák's correction for their number), and the logarithms of the spreads are
    averaged over images and classes inside each of 40 blocks of draws, which are independent (Welch's t).
    """
    means, variances = (
        [getattr(draws, statistic)(axis=1, dtype=np.float64) for draws in (ours, theirs)]  # float32 loses small squares
        for statistic in ("mean", "var")
    )
    spread = np.sqrt(variances[1])
    informative = spread > INFORMATIVE * spread.max()
    error = np.sqrt(sum(variances) / ours.shape[1])
    z = np.abs(means[0] - means[1])[informative] / error[informative]
    floor = (FLOOR * spread)[informative]
    our_logs, their_logs = (_log_spreads(draws, informative, floor) for draws in (ours, theirs))
    ratio = float(np.exp(our_logs.mean() - their_logs.mean()))
    return DrawsTest(
        images=ours.shape[0],
        draws=ours.shape[1],
        mean_p=float(-np.expm1(z.size * np.log1p(-2.0 * stats.norm.sf(z.max())))),
        spread_p=float(stats.ttest_ind(our_logs, their_logs, equal_var=False).pvalue),
        spread_ratio=ratio,
        spread_error=ratio * float(np.sqrt((our_logs.var(ddof=1) + their_logs.var(ddof=1)) / BLOCKS)),
    )


def largest_spread(draws: NDArray[np.float32]) -> float:
    """Give the largest standard deviation of a class probability over its draws, float32 [N, draws, C].

    In double precision: the mean of equal numbers in float32 is off by a rounding error for each of them.
    """
    return float(draws.std(axis=1, dtype=np.float64).max())


def _log_spreads(
    draws: NDArray[np.float32], informative: NDArray[np.bool_], floor: NDArray[np.float64]
) -> NDArray[np.float64]:
    blocks = np.array_split(draws.astype(np.float64), BLOCKS, axis=1)
    return np.array([np.log(np.maximum(block.std(axis=1)[informative], floor)).mean() for block in blocks])
