"""Builds TFLite graphs from weight samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.quiet import silenced_native_log
from models.network import Activate, Activation, Conv2D, Dense, Flatten, Layer, Network, Pool2D, Samples

Array = NDArray[np.float32]


def build_stacked(samples: Samples) -> bytes:
    """Put K weight samples side by side in one graph.

    Args:
        samples: what `models.posterior.draw_samples` returned; the last layer is a softmax.

    Returns:
        A flatbuffer: float32 [N, h, w, c] images -> class probabilities [N, K, C].
    """
    return _convert(samples, _Stack(samples).probabilities)


def build_ensemble(samples: Samples) -> list[bytes]:
    """Make one deterministic graph of each weight sample: float32 [N, h, w, c] -> class probabilities [N, C]."""
    return [_build_member(_select(samples, index)) for index in range(_count(samples))]


def _build_member(sample: Samples) -> bytes:
    stack = _Stack(sample)
    return _convert(sample, lambda image: stack.probabilities(image)[:, 0])


class _Stack:
    """K samples as one network.

    Their channels lie one sample behind the other in the channel axis, [N, h, w, K * c]. The first layer with weights
    is one wide convolution, the later ones are grouped, one group a sample; a dense layer is a convolution over its
    whole input.
    """

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.count = _count(samples)

    def probabilities(self, image: tf.Tensor) -> tf.Tensor:
        """Run float32 [N, h, w, c] images and give class probabilities [N, K, C]."""
        x, flat = image, False
        for layer in self.samples.layers:
            x = self._apply(layer, x, flat=flat)
            flat = flat or isinstance(layer.operation, Flatten)
        return tf.reshape(x, [-1, self.count, x.shape[-1] // self.count])

    def _apply(self, layer: Layer[Array], x: tf.Tensor, *, flat: bool) -> tf.Tensor:
        match layer.operation:
            case Conv2D(strides, padding, dilations, activation):
                x = tf.nn.conv2d(x, _side_by_side(layer.weights["kernel"]), strides, padding, dilations=dilations)
                return self._activate(_add_bias(x, layer), activation)
            case Dense(activation):
                kernel = layer.weights["kernel"]
                window = tuple(x.shape[1:3]) if flat else (1, 1)
                kernel = kernel.reshape(self.count, *window, -1, kernel.shape[-1])
                return self._activate(_add_bias(tf.nn.conv2d(x, _side_by_side(kernel), 1, "VALID"), layer), activation)
            case Pool2D(reduction, size, strides, padding):
                pool = tf.nn.max_pool2d if reduction == "max" else tf.nn.avg_pool2d
                return pool(x, size, strides, padding)
            case Flatten():  # the next dense layer takes the whole input for its window
                return x
            case Activate(activation):
                return self._activate(x, activation)

    def _activate(self, x: tf.Tensor, activation: Activation) -> tf.Tensor:
        match activation:
            case Activation.LINEAR:
                return x
            case Activation.RELU:
                return tf.nn.relu(x)
            case Activation.SOFTMAX:
                classes = tf.reshape(x, [-1, *x.shape[1:3], self.count, x.shape[3] // self.count])
                return tf.reshape(tf.nn.softmax(classes), [-1, *x.shape[1:]])


def _side_by_side(kernels: Array) -> Array:
    """[K, h, w, in, out] -> [h, w, in, K * out], one sample behind the other."""
    _, height, width, inputs, _ = kernels.shape
    return kernels.transpose(1, 2, 3, 0, 4).reshape(height, width, inputs, -1)


def _add_bias(x: tf.Tensor, layer: Layer[Array]) -> tf.Tensor:
    return x + layer.weights["bias"].ravel() if "bias" in layer.weights else x


def _count(samples: Samples) -> int:
    return next(len(values) for layer in samples.layers for values in layer.weights.values())


def _select(samples: Samples, index: int) -> Samples:
    layers = (
        Layer(layer.name, layer.operation, {role: values[index : index + 1] for role, values in layer.weights.items()})
        for layer in samples.layers
    )
    return Network(samples.architecture, samples.input_shape, tuple(layers))


def _convert(samples: Samples, forward: Callable[[tf.Tensor], tf.Tensor]) -> bytes:
    image = tf.TensorSpec([None, *samples.input_shape], tf.float32, name="image")
    function = tf.function(forward, input_signature=[image]).get_concrete_function()
    with silenced_native_log():
        flatbuffer: bytes = tf.lite.TFLiteConverter.from_concrete_functions([function]).convert()
    return flatbuffer
