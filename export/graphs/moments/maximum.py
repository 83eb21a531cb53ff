"""Mean and variance of the larger of two Gaussians (Clark 1961, The greatest of a finite set of random variables)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from export.graphs.moments.gaussians import EPSILON, scaled, sum_of_squares


class Gaussian(NamedTuple):
    """Mean and variance, float32 [N, ...] both; of which `loadings`, [N * F, ...], are no part (`GaussianMaps`)."""

    mean: tf.Tensor
    variance: tf.Tensor
    loadings: tf.Tensor | None = None


class Correlated(NamedTuple):
    """Gaussians that share one standard Normal factor.

    Attributes:
        mean: float32 [...].
        loading: what the factor adds to each, float32 [...].
        own: variance of each one's own noise, float32 [...].
        loadings: what further factors add, as in `GaussianMaps`; None for no more factors.
    """

    mean: tf.Tensor
    loading: tf.Tensor
    own: tf.Tensor
    loadings: tf.Tensor | None = None


def correlate(x: Gaussian, correlation: float) -> Correlated:
    """Say of Gaussians that any two have a correlation, from 0 to 1."""
    return Correlated(x.mean, tf.sqrt(x.variance * correlation), x.variance * (1.0 - correlation), x.loadings)


def larger(first: Correlated, second: Correlated) -> Correlated:
    """Give the larger of two Gaussians, and how far it moves with the factors that they share."""
    step = first.loading - second.loading
    squared = tf.square(step)
    steps = None if first.loadings is None else first.loadings - second.loadings
    if steps is not None:
        squared += sum_of_squares(steps, step)
    excess = rectified(Gaussian(first.mean - second.mean, squared + first.own + second.own))
    # The larger is the second and what the first has in excess of it.
    loading = second.loading + step * excess.gain
    loadings = None if steps is None else second.loadings + scaled(steps, excess.gain)
    mixed = second.own + (first.own - second.own + squared * (1.0 - excess.gain)) * excess.gain
    return Correlated(second.mean + excess.mean, loading, tf.nn.relu(mixed - excess.lost), loadings)


def winner(first: Gaussian, second: Gaussian) -> Gaussian:
    """Give the one of the larger mean, as if the two were equal but for their means."""
    wins = tf.sigmoid((first.mean - second.mean) * (1.0 / EPSILON))
    variance = second.variance + (first.variance - second.variance) * wins
    loadings = None
    if first.loadings is not None:
        loadings = second.loadings + scaled(first.loadings - second.loadings, wins)
    return Gaussian(tf.maximum(first.mean, second.mean), variance, loadings)


@dataclass(frozen=True, slots=True)
class Rectified:
    """Moments of max(x, 0) for a Gaussian x.

    Attributes:
        mean: E max(x, 0).
        gain: P(x > 0), which is also by how much a small shift of x moves the mean.
        lost: gain * Var x - Var max(x, 0), at least 0.
    """

    mean: tf.Tensor
    gain: tf.Tensor
    lost: tf.Tensor


def rectified(x: Gaussian) -> Rectified:
    """Give the moments of a rectified Gaussian.

    With a = mean / sd and g = a Phi(a) + phi(a), they are sd g and sd^2 (Phi(a) - g (g - a)): written so, nothing large
    is subtracted from anything large.
    """
    variance = x.variance + EPSILON
    inverse = tf.math.rsqrt(variance)
    a = x.mean * inverse
    square = tf.square(a)
    gain = tf.sigmoid(a * (square * 0.07056 + 1.5976))  # Phi to 1.4e-4 (Page 1977)
    density = tf.exp(square * -0.5) * (1.0 / math.sqrt(2.0 * math.pi))
    g = a * gain + density
    return Rectified(x.mean * gain + variance * inverse * density, gain, variance * g * (g - a))
