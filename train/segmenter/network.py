"""The network that tells the ink of digits from other ink: a few convolutions at a quarter of the resolution."""

from __future__ import annotations

from typing import Final

import tensorflow as tf
import tf_keras as keras

BLOCK: Final = 4
"""Pixels of a side that share one position of the network's maps."""
FILTERS: Final = 28
DILATIONS: Final = (1, 2, 4, 8, 1)
"""Of the depthwise convolutions, one after the other; together they see 150 pixels around."""


def build(height: int | None = None, width: int | None = None) -> keras.Model:
    """Build the network: strength of ink [N, H, W, 1], 0 to 1, to logits of being a digit's [N, H, W, 1]."""
    strength = keras.Input((height, width, 1))
    x = keras.layers.Lambda(lambda t: tf.nn.space_to_depth(t, BLOCK))(strength)
    x = keras.layers.Conv2D(FILTERS, 3, padding="same", activation="relu")(x)
    for dilation in DILATIONS:
        y = keras.layers.DepthwiseConv2D(3, padding="same", dilation_rate=dilation)(x)
        y = keras.layers.Conv2D(FILTERS, 1, activation="relu")(y)
        x = keras.layers.Add()([x, y])
    x = keras.layers.Conv2D(2 * FILTERS, 3, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(BLOCK * BLOCK, 1)(x)
    return keras.Model(strength, keras.layers.Lambda(lambda t: tf.nn.depth_to_space(t, BLOCK))(x))
