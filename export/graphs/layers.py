"""Runs a network's layers in TensorFlow: what every kind of graph computes alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from export.graphs.maps import Maps
from models.network import (
    Activate,
    Activation,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalPool2D,
    Layer,
    Network,
    Normalise,
    Operation,
    Own,
    Pool2D,
)

Array = NDArray[np.float32]
W = TypeVar("W")

ACTIVATIONS = {
    Activation.RELU: tf.nn.relu,
    Activation.RELU6: tf.nn.relu6,
    Activation.ELU: tf.nn.elu,
    Activation.SIGMOID: tf.nn.sigmoid,
    Activation.TANH: tf.nn.tanh,
}
POINTWISE = Conv2D((1, 1), "VALID", (1, 1), Activation.LINEAR)


class Weights(Protocol, Generic[W]):
    """How a kind of graph carries weights: all that the kinds differ in."""

    copies: int
    """Number K of weight samples."""

    def known(self, layer: Layer[W]) -> Mapping[str, Array] | None:
        """Give a layer's weights by role if they are the same in every sample."""

    def convolve(self, layer: Layer[W], operation: Conv2D, x: Maps) -> Maps:
        """Convolve with sampled weights and add the bias."""

    def multiply(self, layer: Layer[W], x: Maps) -> Maps:
        """Multiply flat maps by sampled weights and add the bias: [N, h, w, copies * c] -> [N, 1, 1, K * units]."""

    def convolve_depthwise(self, layer: Layer[W], operation: DepthwiseConv2D, x: Maps) -> Maps:
        """Convolve each channel with sampled weights and add the bias."""

    def rescale(self, layer: Layer[W], x: Maps) -> Maps:
        """Multiply every value by a sampled scale and add the shift: [N, h, w, copies * c] -> [N, h, w, K * c]."""


def class_probabilities(network: Network[W], weights: Weights[W], image: tf.Tensor) -> tf.Tensor:
    """Run a network on images, float32 [N, h, w, c] -> class probabilities, float32 [N, K, C]."""
    return tf.nn.softmax(class_logits(network, weights, image))


def class_logits(network: Network[W], weights: Weights[W], image: tf.Tensor) -> tf.Tensor:
    """Run a network but for its softmax, which is to be a graph's last operation: int8 leaves it in float32.

    Args:
        network: its last layer gives class probabilities.
        weights: how they are carried.
        image: float32 [N, h, w, c].

    Returns:
        float32 [N, K, C].
    """
    *_, (_, x) = walk(replace(network, layers=without_softmax(network.layers)), weights, image)
    logits = x.by_value()
    return logits if x.copies == weights.copies else tf.tile(logits, [1, weights.copies, 1])


def walk(network: Network[W], weights: Weights[W], image: tf.Tensor) -> Iterator[tuple[Layer[W], Maps]]:
    """Run a network on images, float32 [N, h, w, c]; yields every layer and what it hands to the next."""
    x = Maps(image, copies=1, flat=False)
    for layer in network.layers:
        x = _apply(layer, weights, x)
        yield layer, x


def without_softmax(layers: tuple[Layer[W], ...]) -> tuple[Layer[W], ...]:
    """Leave the last softmax out, be it a layer or a dense layer's activation."""
    last = max(index for index, layer in enumerate(layers) if _activation(layer) is Activation.SOFTMAX)
    linear = Dense(Activation.LINEAR) if isinstance(layers[last].operation, Dense) else Activate(Activation.LINEAR)
    return (*layers[:last], replace(layers[last], operation=linear))


def _activation(layer: Layer[W]) -> Activation | None:
    return getattr(layer.operation, "activation", None)


def _apply(layer: Layer[W], weights: Weights[W], x: Maps) -> Maps:
    match layer.operation:
        case Activate(activation):
            return _activate(x, activation)
        case Flatten():  # what follows takes the whole map for its input
            return replace(x, flat=True)
        case Pool2D(reduction, size, strides, padding):
            pool = tf.nn.max_pool2d if reduction == "max" else tf.nn.avg_pool2d
            return x.map(lambda values: pool(values, size, strides, padding))
        case GlobalPool2D(reduction):
            pool = tf.nn.max_pool2d if reduction == "max" else tf.nn.avg_pool2d
            return replace(x, values=pool(x.values, x.size, 1, "VALID"), flat=True)
        case Conv2D() | DepthwiseConv2D() | Dense() as operation:
            return _activate(_transform(layer, weights, x), operation.activation)
        case Normalise():
            return _transform(layer, weights, x)
        case Own():
            raise TypeError(f"layer {layer.name!r}: only its model computes it")


def _transform(layer: Layer[W], weights: Weights[W], x: Maps) -> Maps:
    operation, known = layer.operation, weights.known(layer)
    if known is not None:
        return x.from_samples(_transform_known(operation, known, x.by_sample(), flat=x.flat), x.copies)
    match operation:
        case Conv2D():
            return weights.convolve(layer, operation, x)
        case Dense() if x.flat:
            return weights.multiply(layer, x)
        case Dense():  # on each position's channels
            return weights.convolve(layer, POINTWISE, x)
        case DepthwiseConv2D():
            return weights.convolve_depthwise(layer, operation, x)
        case Normalise():
            return weights.rescale(layer, x)
    raise TypeError(f"layer {layer.name!r}: {type(operation).__name__} has no weights")


def _transform_known(operation: Operation, weights: Mapping[str, Array], x: tf.Tensor, *, flat: bool) -> tf.Tensor:
    match operation:
        case Normalise():
            return _rescale_known({role: as_map(values, x.shape) for role, values in weights.items()}, x)
        case Conv2D(strides, padding, dilations):
            y = tf.nn.conv2d(x, weights["kernel"], strides, padding, dilations=dilations)
        case DepthwiseConv2D(strides, padding, dilations):
            y = tf.nn.depthwise_conv2d(x, weights["kernel"], [1, *strides, 1], padding, dilations=dilations)
        case Dense() if flat:
            y = tf.reshape(x, [-1, weights["kernel"].shape[0]]) @ weights["kernel"]
            y = tf.reshape(y, [-1, 1, 1, y.shape[1]])
        case _:
            y = tf.nn.conv2d(x, weights["kernel"][None, None], 1, "VALID")
    return y + weights["bias"] if "bias" in weights else y


def _rescale_known(weights: Mapping[str, Array], x: tf.Tensor) -> tf.Tensor:
    if "shift" not in weights:
        return x * weights["scale"] if weights else x
    # A sum the converter folds into the next convolution's bias, and rounded to float16 that leaves bare paper not
    # quite 0. A difference it lets stand.
    return weights["shift"] - x * -weights["scale"]


def take_turns(parts: Sequence[tf.Tensor]) -> tf.Tensor:
    """Put what M posteriors say, [N, K / M, C] each, one after the other by turns: [N, K, C].

    The app can then be asked for the first few samples alone, and hears every posterior.
    """
    if len(parts) == 1:
        return parts[0]
    _, count, classes = parts[0].shape
    return tf.reshape(tf.stack(parts, axis=2), [-1, count * len(parts), classes])


def as_map(values: Array, shape: tf.TensorShape) -> Array:
    """Give one factor a value or a channel the axes of a map: [..., h * w * c], [..., h, w, c] or [..., c].

    Args:
        values: of a known weight, or of one sampled K times with K as its first axis.
        shape: of the map, [N, h, w, c].
    """
    height, width, channels = shape[1:]
    if values.shape[-1] == channels:
        return values
    return values.reshape(*values.shape[:-1], height, width, channels)


def _activate(x: Maps, activation: Activation) -> Maps:
    match activation:
        case Activation.LINEAR:
            return x
        case Activation.SOFTMAX:
            x = x.flattened() if x.flat else x
            by_sample = tf.reshape(x.values, [-1, *x.size, x.copies, x.channels])
            return replace(x, values=tf.reshape(tf.nn.softmax(by_sample), [-1, *x.values.shape[1:]]))
    return x.map(ACTIVATIONS[activation])
