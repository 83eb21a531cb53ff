"""Mean and variance of an activation's values for a Gaussian argument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from export.graphs.layers import ACTIVATIONS
from export.graphs.moments.gaussians import EPSILON
from export.graphs.moments.maximum import Gaussian, rectified
from models.network import Activation

NODES = 8
"""Of the quadrature of smooth activations: means to 1e-3 for standard deviations up to 2."""


@dataclass(frozen=True, slots=True)
class Activated:
    """Moments of f(x) for a Gaussian x.

    Attributes:
        mean: E f(x).
        variance: Var f(x).
        gain: E f'(x): Cov(f(x), y) is gain times Cov(x, y) for any y that is Gaussian together with x (Stein).
    """

    mean: tf.Tensor
    variance: tf.Tensor
    gain: tf.Tensor


def activate(activation: Activation, x: Gaussian) -> Activated:
    """Give the moments of a non-linear activation's values; not of softmax, which is no function of single values."""
    match activation:
        case Activation.RELU:
            return _relu(x)
        case Activation.RELU6:
            return _relu6(x)
    return _by_quadrature(activation, x)


def _relu(x: Gaussian) -> Activated:
    above = rectified(x)
    return Activated(above.mean, tf.nn.relu(above.gain * x.variance - above.lost), above.gain)


def _relu6(x: Gaussian) -> Activated:
    # min(max(x, 0), 6) is max(x, 0) - max(x - 6, 0), and the product of these two max(x - 6, 0) (max(x - 6, 0) + 6).
    low, high = _relu(x), _relu(Gaussian(x.mean - 6.0, x.variance))
    variance = low.variance - high.variance - 2.0 * high.mean * (6.0 - low.mean + high.mean)
    return Activated(low.mean - high.mean, tf.nn.relu(variance), low.gain - high.gain)


def _by_quadrature(activation: Activation, x: Gaussian) -> Activated:
    """Gauss and Hermite's rule: exact for polynomials up to degree 15, and good for what is as smooth as tanh."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights /= weights.sum()
    deviation = tf.sqrt(x.variance + EPSILON)
    values = [ACTIVATIONS[activation](x.mean + deviation * float(node)) for node in nodes]
    mean = tf.add_n([value * float(weight) for value, weight in zip(values, weights, strict=True)])
    variance = tf.add_n(
        [tf.square(value - mean) * float(weight) for value, weight in zip(values, weights, strict=True)]
    )
    slope = tf.add_n([value * float(weight * node) for value, weight, node in zip(values, weights, nodes, strict=True)])
    return Activated(mean, variance, slope / deviation)
