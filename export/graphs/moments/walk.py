"""Carries mean and variance through a network's layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from export.errors import ExportError
from export.graphs.layers import ACTIVATIONS, POINTWISE, without_softmax
from export.graphs.moments.activations import activate
from export.graphs.moments.background import background_noise
from export.graphs.moments.gaussians import GaussianMaps, GaussianUnits, scaled
from export.graphs.moments.linear import (
    convolve,
    convolve_depthwise,
    flatten,
    multiply,
    multiply_maps,
    normalise,
    normalise_units,
)
from export.graphs.moments.logits import class_logits, quantities
from export.graphs.moments.maximum import Gaussian
from export.graphs.moments.pooling import pool
from export.graphs.pool_first import pool_before_activation
from export.options import Assumptions
from models.network import (
    Activate,
    Activation,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Drawn,
    Dropped,
    Flatten,
    GlobalPool2D,
    Layer,
    Normal,
    Normalise,
    Own,
    Point,
    Pool2D,
    Posterior,
    Weight,
)

Weights = Mapping[str, Point | Normal]


def logits_at_points(
    posterior: Posterior, assumptions: Assumptions, points: NDArray[np.float32], image: tf.Tensor
) -> tf.Tensor:
    """Run a posterior on images: float32 [N, h, w, c] -> logits at each point, float32 [N, K, C].

    Raises:
        ExportError: a layer's moments are not known.
    """
    return class_logits(_walk(without_softmax(_reordered(posterior)), assumptions, image), points)


def values_at_points(
    posterior: Posterior, assumptions: Assumptions, points: NDArray[np.float32], inputs: tf.Tensor
) -> tf.Tensor:
    """Run a posterior on images or vectors, float32 [N, ...] -> its last layer's values at each point, [N, K, U].

    Raises:
        ExportError: a layer's moments are not known.
    """
    return quantities(_walk(_reordered(posterior), assumptions, inputs), points)


def _reordered(posterior: Posterior) -> tuple[Layer[Weight], ...]:
    # Maxima before activations: Clark's formula is for Gaussians, which rectified values are not.
    return pool_before_activation(posterior).layers


def _walk(layers: tuple[Layer[Weight], ...], assumptions: Assumptions, inputs: tf.Tensor) -> GaussianUnits:
    x: GaussianMaps | GaussianUnits
    x = GaussianMaps(inputs, None) if inputs.shape.rank == 4 else GaussianUnits(inputs, None, None)
    for layer in layers:
        weights = _at_their_means(layer, assumptions)
        if isinstance(x, GaussianMaps):
            x = _apply_to_maps(layer, weights, assumptions, x)
        else:
            x = _apply_to_units(layer, weights, x)
    return flatten(x) if isinstance(x, GaussianMaps) else x


def _at_their_means(layer: Layer[Weight], assumptions: Assumptions) -> Weights:
    """Refuse what is no Normal, and take the weights at their means of whose noise the background's is enough."""
    known: dict[str, Point | Normal] = {}
    for role, weight in layer.weights.items():
        match weight:
            case Drawn() | Dropped():
                raise _refusal(layer, "a posterior that is no mean-field Normal")
            case Normal(loc, _) if layer.name in assumptions.background:
                known[role] = Point(loc)
            case _:
                known[role] = weight
    return known


def _apply_to_maps(  # noqa: C901, PLR0911 - one case a layer
    layer: Layer[Weight], weights: Weights, assumptions: Assumptions, x: GaussianMaps
) -> GaussianMaps | GaussianUnits:
    travels = assumptions.channel if assumptions.travel else None
    match layer.operation:
        case Conv2D() as convolution:
            y = convolve(x, weights, convolution, assumptions.neighbours, travels)
            kernel = layer.weights["kernel"]
            if layer.name in assumptions.background and isinstance(kernel, Normal):
                y = replace(y, common=background_noise(x.mean, np.square(kernel.scale), convolution))
            return _activate_maps(layer, convolution.activation, y)
        case DepthwiseConv2D() as depthwise:
            return _activate_maps(
                layer, depthwise.activation, convolve_depthwise(x, weights, depthwise, assumptions.neighbours)
            )
        case Dense(activation) if x.flat:
            return _activate_units(layer, activation, multiply_maps(x, weights, assumptions.channel))
        case Dense(activation):  # on each position's channels
            return _activate_maps(layer, activation, convolve(x, _as_kernel(weights), POINTWISE, 0.0, travels))
        case Activate(activation):
            return _activate_maps(layer, activation, x)
        case Normalise():
            return normalise(x, weights)
        case Flatten():
            return replace(x, flat=True)
        case Pool2D() as windows:
            return pool(x, windows, assumptions.neighbours)
        case GlobalPool2D(reduction):
            return replace(pool(x, Pool2D(reduction, x.size, x.size, "VALID"), assumptions.channel), flat=True)
        case Own():
            raise _refusal(layer, "a layer that is not ours")


def _apply_to_units(layer: Layer[Weight], weights: Weights, x: GaussianUnits) -> GaussianUnits:
    match layer.operation:
        case Dense(activation):
            return _activate_units(layer, activation, multiply(x, weights))
        case Activate(activation):
            return _activate_units(layer, activation, x)
        case Normalise():
            return normalise_units(x, weights)
        case Flatten():
            return x
    raise _refusal(layer, f"{type(layer.operation).__name__} behind a dense layer")


def _as_kernel(weights: Weights) -> Weights:
    """Make a dense layer's matrix the kernel of a convolution of one position."""
    match weights["kernel"]:
        case Point(value):
            return {**weights, "kernel": Point(value[None, None])}
        case Normal(loc, scale):
            return {**weights, "kernel": Normal(loc[None, None], scale[None, None])}


def _activate_maps(layer: Layer[Weight], activation: Activation, x: GaussianMaps) -> GaussianMaps:
    _require_known(layer, activation)
    if activation is Activation.LINEAR:
        return x
    variance = x.variance
    if variance is None:
        return replace(x, mean=ACTIVATIONS[activation](x.mean))
    after = activate(activation, Gaussian(x.mean, variance))
    shared = GaussianMaps(
        after.mean,
        None,
        x.flat,
        None if x.loadings is None else scaled(x.loadings, after.gain),
        None if x.common is None else x.common * after.gain,
    )
    if shared.variance is None:
        return replace(shared, own=after.variance)
    if x.own is None and x.loadings is None:  # what a rectified background adds of its own is next to nothing
        return shared
    return replace(shared, own=tf.nn.relu(after.variance - shared.variance))


def _activate_units(layer: Layer[Weight], activation: Activation, x: GaussianUnits) -> GaussianUnits:
    _require_known(layer, activation)
    if activation is Activation.LINEAR:
        return x
    variance = x.variance
    if variance is None:
        return replace(x, mean=ACTIVATIONS[activation](x.mean))
    after = activate(activation, Gaussian(x.mean, variance))
    if x.loadings is None:
        return GaussianUnits(after.mean, None, after.variance)
    loadings = x.loadings * after.gain[:, None]
    own = tf.nn.relu(after.variance - tf.reduce_sum(tf.square(loadings), axis=1))
    return GaussianUnits(after.mean, loadings, own)


def _require_known(layer: Layer[Weight], activation: Activation) -> None:
    if activation is Activation.SOFTMAX:
        raise _refusal(layer, "a softmax before the last one")


def _refusal(layer: Layer[Weight], found: str) -> ExportError:
    return ExportError(f"layer {layer.name!r}: found {found}, whose moments are not known; export it as stacked")
