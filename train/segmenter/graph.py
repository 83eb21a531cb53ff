"""Writes the trained networks as the one graph that the finder runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import tensorflow as tf
import tf_keras as keras

from train.segmenter.network import build

EXAMPLE: Final = 64
"""Side in pixels of the picture that the graph is written for; what runs it resizes it."""


def convert(networks: Sequence[keras.Model]) -> bytes:
    """Write the graph of the networks' mean chance that a pixel's ink is a digit's.

    Args:
        networks: each from strength, float32 [N, H, W, 1], to logits of the same shape; see `build`.

    Returns:
        A TFLite graph from strength to chances, both 0 to 1, float32 [1, EXAMPLE, EXAMPLE, 1] unless resized.
    """
    strength = keras.Input((EXAMPLE, EXAMPLE, 1))
    chances = []
    for network in networks:
        fixed = keras.models.clone_model(build(EXAMPLE, EXAMPLE), clone_function=_undivided)
        fixed.set_weights(network.get_weights())
        chances.append(keras.layers.Lambda(tf.sigmoid)(fixed(strength)))
    mean = keras.layers.Average()(chances)
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(strength, mean))
    return bytes(converter.convert())


class _Dilated(keras.layers.DepthwiseConv2D):
    """A dilated convolution as one operation: TensorFlow divides the map into many, and the converter keeps that."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        dilations = [1, *self.dilation_rate, 1]
        convolved = tf.raw_ops.DepthwiseConv2dNative(
            input=inputs, filter=self.depthwise_kernel, strides=[1] * 4, padding="SAME", dilations=dilations
        )
        return tf.nn.bias_add(convolved, self.bias)


def _undivided(layer: keras.layers.Layer) -> keras.layers.Layer:
    return _Dilated.from_config(layer.get_config()) if isinstance(layer, keras.layers.DepthwiseConv2D) else layer
