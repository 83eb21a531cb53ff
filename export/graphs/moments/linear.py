"""Layers with weights.

For independent weights with means mu and variances s^2, and inputs of mean m and variance v, an output has the mean
sum mu m and the variance sum s^2 (m^2 + v) + Var sum mu x. The last term alone needs the inputs' covariance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from export.graphs.layers import as_map
from export.graphs.moments.background import mix
from export.graphs.moments.gaussians import GaussianMaps, GaussianUnits
from models.network import Conv2D, DepthwiseConv2D, Normal, Point

Array = NDArray[np.float32]
Linear = Callable[[tf.Tensor, Array], tf.Tensor]

FACTORS = 256
"""Of more inputs than these, a dense layer takes the noise that is theirs alone as independent in its outputs."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and variance of a weight, float32 [...]; the variance is None where the weight is known."""

    mean: Array
    variance: Array | None


Weights = Mapping[str, Point | Normal]


def moments_of(weight: Point | Normal) -> Moments:
    """Give a weight's mean and variance."""
    match weight:
        case Point(value):
            return Moments(value, None)
        case Normal(loc, scale):
            return Moments(loc, np.square(scale))


def convolve(
    x: GaussianMaps, weights: Weights, operation: Conv2D, correlation: float, travels: float | None = None
) -> GaussianMaps:
    """Convolve maps.

    Args:
        x: [N, h, w, in].
        weights: `kernel` [h, w, in, out] and, maybe, `bias` [out].
        operation: how.
        correlation: of a channel's own noise between the positions of one window.
        travels: the correlation between any two positions, where each channel's own noise is to become a factor that
            all outputs share; None to take it as independent in the outputs.
    """

    def run(values: tf.Tensor, kernel: Array) -> tf.Tensor:
        return tf.nn.conv2d(values, kernel, operation.strides, operation.padding, dilations=operation.dilations)

    def by_channel(deviation: tf.Tensor, kernel: Array) -> tf.Tensor:
        # Grouped by input channel, each of which is one factor: [N, h', w', in * out].
        height, width, inputs, outputs = kernel.shape
        return run(deviation, kernel.reshape(height, width, 1, inputs * outputs))

    def shared(deviation: tf.Tensor, kernel: Array) -> tf.Tensor:
        # A sum over factors is their number times a mean, and means are what pooling is fast at.
        *_, inputs, outputs = kernel.shape
        squares = tf.square(by_channel(deviation, kernel * np.float32(math.sqrt(inputs))))
        count, height, width, _ = squares.shape
        each = tf.reshape(squares, [-1, inputs, 1, outputs])
        means = tf.nn.avg_pool2d(each, [inputs, 1], 1, "VALID")
        return tf.reshape(means, [count, height, width, outputs])

    kernel = moments_of(weights["kernel"]).mean
    if travels is None or x.own is None:
        y = _transform(x, weights, run, _spread(x, kernel, run, shared, correlation))
        return y if x.common is None else replace(y, common=mix(x.common, kernel, operation, y.size))
    y = _transform(x, weights, run, _spread(x, kernel * math.sqrt(1.0 - travels), run, shared, 0.0))
    factors = by_channel(tf.sqrt(x.own), kernel * np.float32(math.sqrt(travels)))
    count, height, width, outputs = y.mean.shape
    factors = tf.transpose(tf.reshape(factors, [count, height * width, x.channels, outputs]), [0, 2, 1, 3])
    return replace(y, loadings=_join(y.loadings, tf.reshape(factors, [-1, height, width, outputs]), count))


def convolve_depthwise(
    x: GaussianMaps, weights: Weights, operation: DepthwiseConv2D, correlation: float
) -> GaussianMaps:
    """Convolve each channel by itself; see `convolve`, but `kernel` [h, w, in, m] and `bias` [in * m]."""

    def run(values: tf.Tensor, kernel: Array) -> tf.Tensor:
        strides = [1, *operation.strides, 1]
        return tf.nn.depthwise_conv2d(values, kernel, strides, operation.padding, dilations=operation.dilations)

    def shared(deviation: tf.Tensor, kernel: Array) -> tf.Tensor:
        return tf.square(run(deviation, kernel))

    kernel = moments_of(weights["kernel"]).mean
    y = _transform(x, weights, run, _spread(x, kernel, run, shared, correlation))
    return y if x.common is None else replace(y, common=run(x.common, kernel))


def _spread(x: GaussianMaps, kernel: Array, run: Linear, shared: Linear, correlation: float) -> list[tf.Tensor]:
    """Give the variance that a layer of known weights makes of its input's own, in terms to be added."""
    if x.own is None:
        return []
    apart = 1.0 if math.prod(kernel.shape[:2]) == 1 else 1.0 - correlation  # one position has no neighbour
    terms = []
    if apart > 0:
        terms.append(run(x.own, np.float32(apart) * np.square(kernel)))
    if apart < 1:
        terms.append(shared(tf.sqrt(x.own), kernel * np.float32(math.sqrt(1.0 - apart))))
    return terms


def _transform(x: GaussianMaps, weights: Weights, run: Linear, spread: list[tf.Tensor]) -> GaussianMaps:
    kernel = moments_of(weights["kernel"])
    terms = [] if kernel.variance is None else [run(_second_moment(x.mean, x.variance), kernel.variance)]
    mean, own = _add_bias(run(x.mean, kernel.mean), terms + spread, weights)
    return GaussianMaps(mean, own, x.flat, None if x.loadings is None else run(x.loadings, kernel.mean))


def _join(first: tf.Tensor | None, second: tf.Tensor, count: int) -> tf.Tensor:
    """Put the factors of two sets of loadings of `count` images together: [N * F, ...] and [N * G, ...]."""
    if first is None:
        return second
    shape = second.shape[1:]
    by_image = [tf.reshape(loadings, [count, -1, math.prod(shape)]) for loadings in (first, second)]
    return tf.reshape(tf.concat(by_image, axis=1), [-1, *shape])


def normalise(x: GaussianMaps, weights: Weights) -> GaussianMaps:
    """Scale and shift by known numbers; `scale` and `shift` [c], or of flat maps, or pixelwise, [h * w * c]."""
    scale, shift = (as_map(moments_of(weights[role]).mean, x.mean.shape) for role in ("scale", "shift"))
    # A difference, as in `export.graphs.layers`: a sum the converter would fold into the next convolution.
    mean = shift - x.mean * -scale
    own = None if x.own is None else x.own * np.square(scale)
    loadings = None if x.loadings is None else x.loadings * scale
    return GaussianMaps(mean, own, x.flat, loadings, None if x.common is None else x.common * scale)


def normalise_units(x: GaussianUnits, weights: Weights) -> GaussianUnits:
    """Scale and shift each unit by known numbers; `scale` and `shift` [c]."""
    scale, shift = (moments_of(weights[role]).mean for role in ("scale", "shift"))
    return GaussianUnits(
        shift - x.mean * -scale,
        None if x.loadings is None else x.loadings * scale,
        None if x.own is None else x.own * np.square(scale),
    )


def flatten(x: GaussianMaps) -> GaussianUnits:
    """Make each position of each channel a unit, whose own noise is its own: [N, h, w, c] -> [N, h * w * c]."""
    size = math.prod(x.size) * x.channels
    own = replace(x, loadings=None).variance
    return GaussianUnits(
        tf.reshape(x.mean, [-1, size]),
        None if x.loadings is None else tf.reshape(x.loadings, [x.mean.shape[0], -1, size]),
        None if own is None else tf.reshape(own, [-1, size]),
    )


def multiply_maps(x: GaussianMaps, weights: Weights, correlation: float) -> GaussianUnits:
    """Multiply flattened maps; see `multiply`.

    Args:
        x: [N, h, w, c].
        weights: `kernel` [h * w * c, units] and, maybe, `bias` [units].
        correlation: of a channel's own noise between any two positions: each channel becomes a factor of all units.
    """
    positions = math.prod(x.size)
    shared = replace(x, own=None if x.own is None or correlation == 0 else x.own * correlation, loadings=None)
    if shared.variance is None or positions == 1:
        return multiply(flatten(x), weights)
    common = None if x.common is None else tf.reshape(tf.square(x.common), [-1, positions * x.channels])
    rest = multiply(flatten(replace(x, common=None)), weights, apart=1.0 - correlation, besides=common)
    kernel = moments_of(weights["kernel"]).mean
    deviation = tf.reshape(x.common if shared.own is None else tf.sqrt(shared.variance), [-1, positions, x.channels])
    by_channel = tf.reshape(tf.transpose(deviation, [0, 2, 1]), [-1, 1, 1, x.channels * positions])
    loadings = tf.nn.conv2d(by_channel, kernel.reshape(1, 1, positions, -1), 1, "VALID")  # grouped by channel
    loadings = tf.reshape(loadings, [-1, x.channels, kernel.shape[1]])
    return GaussianUnits(rest.mean, _concatenate(loadings, rest.loadings), rest.own)


def multiply(x: GaussianUnits, weights: Weights, apart: float = 1.0, besides: tf.Tensor | None = None) -> GaussianUnits:
    """Multiply units by a matrix.

    Args:
        x: [N, in].
        weights: `kernel` [in, units] and, maybe, `bias` [units].
        apart: the share of the units' own variance that is independent; the caller sees to the rest.
        besides: variance that the units have besides, [N, in]; the caller sees to what known weights make of it.
    """
    kernel = moments_of(weights["kernel"])
    inputs, outputs = kernel.mean.shape
    terms, loadings = [], None
    if kernel.variance is not None:
        terms.append(_second_moment(x.mean, x.variance, besides) @ kernel.variance)
    if x.loadings is not None:
        loadings = tf.reshape(tf.reshape(x.loadings, [-1, inputs]) @ kernel.mean, [-1, x.loadings.shape[1], outputs])
    if x.own is not None and inputs > FACTORS:
        terms.append(x.own @ (np.float32(apart) * np.square(kernel.mean)))
    elif x.own is not None:
        deviation = tf.reshape(tf.sqrt(x.own), [-1, inputs, 1])
        loadings = _concatenate(loadings, deviation * (np.float32(math.sqrt(apart)) * kernel.mean))
    mean, own = _add_bias(x.mean @ kernel.mean, terms, weights)
    return GaussianUnits(mean, loadings, own)


def _second_moment(mean: tf.Tensor, *variances: tf.Tensor | None) -> tf.Tensor:
    return sum((variance for variance in variances if variance is not None), tf.square(mean))


def _concatenate(first: tf.Tensor | None, second: tf.Tensor | None) -> tf.Tensor | None:
    present = [loadings for loadings in (first, second) if loadings is not None]
    return tf.concat(present, axis=1) if len(present) == 2 else present[0] if present else None


def _add_bias(mean: tf.Tensor, terms: list[tf.Tensor], weights: Weights) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Add the bias to the mean, its variance to the sum of the variance's terms; None for no variance."""
    if "bias" not in weights:
        return mean, sum(terms[1:], terms[0]) if terms else None
    bias = moments_of(weights["bias"])
    if bias.variance is not None:
        terms = [*terms, tf.zeros_like(mean) + bias.variance] if not terms else [*terms[:-1], terms[-1] + bias.variance]
    return mean + bias.mean, sum(terms[1:], terms[0]) if terms else None
