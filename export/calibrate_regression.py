"""Chooses on held-out inputs how large a regression's noise is, and how far its prediction intervals reach."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from edge_app.runtime.prediction import Sampling
from edge_app.runtime.regression import Calibration, estimate_batch, split_values
from export.errors import ExportError

Array = NDArray[np.float64]

WIDEST = math.log(100.0)  # of the search for a noise: so many times more, or less, than the first guess


def calibrate_regression(
    values: NDArray[np.float32], truth: NDArray[np.floating], *, alpha: float, sampling: Sampling
) -> Calibration:
    """Calibrate on inputs that were not trained on.

    The noise, a single number a quantity, is fitted to the same inputs as the intervals, so their coverage is that of
    split conformal intervals nearly, not exactly: the tests hold what is promised with it included.

    Args:
        values: what the exported graph gives, float32 [N, K, D] means, or [N, K, 2 D] means and scales.
        truth: the true values, [N, D].
        alpha: share of true values that may lie outside a prediction's interval.
        sampling: how the graph's samples stand for the posterior.

    Raises:
        ExportError: alpha is no share, there are too few inputs for it, or the graph gives no means and scales.
    """
    if not 0 < alpha < 1:
        raise ExportError(f"alpha: found {alpha}, expected a number above 0 and below 1")
    quantities = truth.shape[1]
    try:
        means, scales = split_values(values, quantities)
    except ValueError as error:
        raise ExportError(f"model: gives {error} on held-out inputs") from None
    given = values.shape[2] > quantities
    noise = tuple(
        fit_noise(means[..., d], scales[..., d], truth[:, d].astype(np.float64), given=given) for d in range(quantities)
    )
    plain = estimate_batch(values, Calibration(noise, (1.0,) * quantities, sampling))
    residuals = np.abs(truth - plain.mean) / np.sqrt(plain.variance)
    deviations = tuple(interval_deviations(residuals[:, d], alpha) for d in range(quantities))
    return Calibration(noise, deviations, sampling)


def fit_noise(means: Array, scales: Array, truth: Array, *, given: bool) -> float:
    """Find the multiple of the scale at which the mean NLL of the samples' mixture is least.

    Scaling of a regression's standard deviation (Kuleshov et al. 2018 recalibrate its whole distribution, Levi et al.
    2019, arXiv 1905.11659, its scale alone); a model without a scale gets its noise so, the same everywhere.

    Args:
        means: of the samples, float64 [N, K].
        scales: standard deviations of the samples, float64 [N, K]; 1 where the model gives none.
        truth: float64 [N].
        given: whether the model gives scales. A multiple other than 1 then has to lower the NLL by more than twice the
            standard error.

    Raises:
        ExportError: the means meet every true value, so that there is no noise to find.
    """
    residuals = truth - means.mean(axis=1)
    guess = math.sqrt(float(np.mean(residuals**2 / np.mean(scales**2, axis=1))))
    if guess == 0:
        raise ExportError("holdout: found means that meet every true value exactly, expected inputs not trained on")

    def surprise(log_multiple: float) -> Array:
        return mixture_nll(means, scales * math.exp(log_multiple), truth)

    start = math.log(guess)
    best = minimize_scalar(lambda at: surprise(at).mean(), bounds=(start - WIDEST, start + WIDEST), method="bounded").x
    gain = surprise(0.0) - surprise(best) if given else None
    if gain is not None and gain.mean() <= 2 * gain.std() / math.sqrt(len(truth)):
        return 1.0
    return math.exp(best)


def mixture_nll(means: Array, scales: Array, truth: Array) -> Array:
    """Give -log p(truth) in nats, float64 [N], where p is the even mixture of K Gaussians, float64 [N, K] each."""
    logs = -0.5 * ((truth[:, None] - means) / scales) ** 2 - np.log(scales) - 0.5 * math.log(2 * math.pi)
    return np.asarray(math.log(means.shape[1]) - logsumexp(logs, axis=1))


def interval_deviations(residuals: Array, alpha: float) -> float:
    """Give the ceil((n + 1)(1 - alpha))-th smallest of n normalised residuals.

    Split conformal prediction with |truth - mean| / standard deviation for a score (Vovk et al. 2005; Lei et al. 2018,
    10.1080/01621459.2017.1307116): mean +- so many standard deviations holds a fresh truth with 1 - alpha or more.

    Args:
        residuals: |truth - mean| over the predictive standard deviation, float64 [n].
        alpha: share of true values that may lie outside.

    Raises:
        ExportError: n is too small for alpha.
    """
    rank = math.ceil((len(residuals) + 1) * (1.0 - alpha))
    if rank > len(residuals):
        raise ExportError(
            f"holdout: found {len(residuals)} inputs, expected at least {math.ceil(1 / alpha) - 1} for an alpha of "
            f"{alpha:g}; give more, or a larger alpha"
        )
    return float(np.sort(residuals)[rank - 1])
