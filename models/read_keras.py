"""Reads tf_keras layers: what they compute, and their weights, which are points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tf_keras

from models.errors import ModelError
from models.network import (
    Activate,
    Activation,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalPool2D,
    Layer,
    Normalise,
    Point,
    Pool2D,
    Reduction,
    Weight,
)

layers = tf_keras.layers
Reader = Callable[[Any], Layer[Weight]]


def activation_of(layer: Any) -> Activation:
    """Give the activation that a layer ends in.

    Raises:
        ModelError: it is none that a graph can compute.
    """
    name = "linear" if layer.activation is None else tf_keras.activations.serialize(layer.activation)
    try:
        return Activation(name)
    except ValueError:
        raise ModelError(
            f"layer {layer.name!r}: found activation {name!r}, expected one of {', '.join(Activation)}; choose another"
        ) from None


def convolution_of(layer: Any) -> Conv2D:
    """Give a convolution's hyperparameters."""
    require(layer, "groups", getattr(layer, "groups", 1), 1)
    _require_channels_last(layer)
    return Conv2D(tuple(layer.strides), layer.padding.upper(), tuple(layer.dilation_rate), activation_of(layer))


def require(layer: Any, setting: str, found: Any, expected: Any) -> None:
    """Refuse a layer whose setting is another than the one that can be exported.

    Raises:
        ModelError: found is not expected.
    """
    if found != expected:
        raise ModelError(f"layer {layer.name!r}: found {setting} {found!r}, which cannot be exported; use {expected!r}")


def _require_channels_last(layer: Any) -> None:
    require(layer, "data_format", layer.data_format, "channels_last")


def _kernel_and_bias(layer: Any, kernel: Any) -> dict[str, Weight]:
    weights: dict[str, Weight] = {"kernel": Point(kernel.numpy())}
    return weights | ({"bias": Point(layer.bias.numpy())} if layer.use_bias else {})


def _read_conv(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, convolution_of(layer), _kernel_and_bias(layer, layer.kernel))


def _read_depthwise(layer: Any) -> Layer[Weight]:
    _require_channels_last(layer)
    operation = DepthwiseConv2D(
        tuple(layer.strides), layer.padding.upper(), tuple(layer.dilation_rate), activation_of(layer)
    )
    return Layer(layer.name, operation, _kernel_and_bias(layer, layer.depthwise_kernel))


def _read_dense(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, Dense(activation_of(layer)), _kernel_and_bias(layer, layer.kernel))


def _read_batch_normalisation(layer: Any) -> Layer[Weight]:
    require(layer, "axis", list(layer.axis), [layer.input_spec.ndim - 1])
    mean, variance = layer.moving_mean.numpy(), layer.moving_variance.numpy()
    scale = 1.0 / np.sqrt(variance + np.float32(layer.epsilon))
    if layer.scale:
        scale = scale * layer.gamma.numpy()
    shift = -mean * scale
    if layer.center:
        shift = shift + layer.beta.numpy()
    return Layer(
        layer.name, Normalise(), {"scale": Point(scale.astype(np.float32)), "shift": Point(shift.astype(np.float32))}
    )


def _read_rescaling(layer: Any) -> Layer[Weight]:
    channels = layer.input_shape[-1]
    factors = {"scale": layer.scale, "shift": layer.offset}
    weights: dict[str, Weight] = {
        role: Point(np.broadcast_to(np.asarray(factor, np.float32), channels)) for role, factor in factors.items()
    }
    return Layer(layer.name, Normalise(), weights)


def _pooling(reduction: Reduction) -> Reader:
    def read(layer: Any) -> Layer[Weight]:
        _require_channels_last(layer)
        operation = Pool2D(reduction, tuple(layer.pool_size), tuple(layer.strides), layer.padding.upper())
        return Layer(layer.name, operation, {})

    return read


def _global_pooling(reduction: Reduction) -> Reader:
    def read(layer: Any) -> Layer[Weight]:
        _require_channels_last(layer)
        require(layer, "keepdims", layer.keepdims, expected=False)
        return Layer(layer.name, GlobalPool2D(reduction), {})

    return read


def _read_flatten(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, Flatten(), {})


def _read_relu(layer: Any) -> Layer[Weight]:
    require(layer, "negative_slope", float(layer.negative_slope), 0.0)
    require(layer, "threshold", float(layer.threshold), 0.0)
    if layer.max_value is not None:
        require(layer, "max_value", float(layer.max_value), 6.0)
    return Layer(layer.name, Activate(Activation.RELU if layer.max_value is None else Activation.RELU6), {})


def _read_softmax(layer: Any) -> Layer[Weight]:
    require(layer, "axis", layer.axis, -1)
    return Layer(layer.name, Activate(Activation.SOFTMAX), {})


def _read_activation(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, Activate(activation_of(layer)), {})


def _read_dropout(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, Activate(Activation.LINEAR), {})  # inactive at inference


KERAS_READERS: dict[type, Reader] = {
    layers.Conv2D: _read_conv,
    layers.DepthwiseConv2D: _read_depthwise,
    layers.Dense: _read_dense,
    layers.BatchNormalization: _read_batch_normalisation,
    layers.Rescaling: _read_rescaling,
    layers.MaxPooling2D: _pooling("max"),
    layers.AveragePooling2D: _pooling("average"),
    layers.GlobalMaxPooling2D: _global_pooling("max"),
    layers.GlobalAveragePooling2D: _global_pooling("average"),
    layers.Flatten: _read_flatten,
    layers.Activation: _read_activation,
    layers.ReLU: _read_relu,
    layers.Softmax: _read_softmax,
    layers.Dropout: _read_dropout,
    layers.SpatialDropout2D: _read_dropout,
}
"""By exact type: a subclass may compute something else."""
