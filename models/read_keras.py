"""Reads tf_keras layers: what they compute, and their weights, which are points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from models.errors import ModelError
from models.network import (
    Activate,
    Activation,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropped,
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

ACTIVATIONS: dict[Activation, tuple[Any, ...]] = {
    activation: (tf_keras.activations.get(activation.value), getattr(tf.nn, activation.value, None))
    for activation in Activation
}
"""The functions of Keras and TensorFlow that compute each activation."""


def activation_of(layer: Any) -> Activation:
    """Give the activation that a layer ends in.

    Raises:
        ModelError: it is none that a graph can compute.
    """
    function = layer.activation or tf_keras.activations.linear
    for activation, same in ACTIVATIONS.items():  # by identity: a function of one's own may have any name
        if function in same:
            return activation
    name = getattr(function, "__name__", type(function).__name__)
    raise ModelError(
        f"layer {layer.name!r}: found activation {name!r} of {getattr(function, '__module__', 'your own')}, expected "
        f"Keras' or TensorFlow's {', '.join(Activation)}; choose another"
    )


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
    factors = {"scale": np.asarray(layer.scale, np.float32), "shift": np.asarray(layer.offset, np.float32)}
    pixelwise = any(factor.ndim > 1 for factor in factors.values())
    shape = layer.input_shape[1:] if pixelwise else layer.input_shape[-1:]
    weights: dict[str, Weight] = {role: Point(np.broadcast_to(factor, shape)) for role, factor in factors.items()}
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


SPATIAL = (layers.SpatialDropout1D, layers.SpatialDropout2D, layers.SpatialDropout3D)


def _read_inactive_dropout(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, Activate(Activation.LINEAR), {})


def _read_active_dropout(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, Normalise(), {"scale": read_mask(layer)} if layer.rate else {})


def read_mask(layer: Any) -> Dropped:
    """Read what a dropout layer draws when it is active: a value for each it takes, or for each channel.

    Raises:
        ModelError: its mask is no such thing, or of no fixed shape.
    """
    require(layer, "noise_shape", getattr(layer, "noise_shape", None), None)
    whole: Any = (None,)
    if len(layer.inbound_nodes) == 1:  # none where a subclass calls it, two where it drops twice
        whole = layer.input_shape[1:]
    if None in whole:
        raise ModelError(
            f"layer {layer.name!r}: found no one fixed shape of what it takes, expected a mask for each of its values; "
            "call it once, in a functional model of a fixed shape"
        )
    shape = whole[-1:] if isinstance(layer, SPATIAL) else whole
    return Dropped(np.full(shape, layer.rate, np.float32))


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
    layers.Dropout: _read_inactive_dropout,
    layers.SpatialDropout2D: _read_inactive_dropout,
}
"""By exact type: a subclass may compute something else."""

ACTIVE_DROPOUT_READERS: dict[type, Reader] = {
    layers.Dropout: _read_active_dropout,
    layers.SpatialDropout2D: _read_active_dropout,
}
"""For models that are called with their dropout on."""
