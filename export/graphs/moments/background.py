"""The noise that an even background makes of a convolution's weights.

Where the paper is not bare, as in fog, the errors of a channel's weights add up to one shift of the whole channel. Of
a first layer's noise nothing else matters much, and this is cheap: one factor for each channel, as smooth as the
background.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from export.graphs.moments.gaussians import EPSILON
from models.network import Conv2D

Array = NDArray[np.float32]


def background_noise(image: tf.Tensor, variance: Array, operation: Conv2D) -> tf.Tensor:
    """Give what the kernel's noise along an even image adds to a convolution's outputs.

    For independent weights w of variances s^2, the standard Normal z = sum (w - mu) / sqrt(sum s^2) has with a weight
    the covariance s^2 / sqrt(sum s^2): given z, an output moves by sum s^2 x z / sqrt(sum s^2).

    Args:
        image: known, float32 [N, h, w, in].
        variance: s^2 of the kernel, float32 [h, w, in, out].
        operation: the convolution.

    Returns:
        Each output's shift for z = 1, one z for each channel, float32 [N, h', w', out].
    """
    along = variance / np.sqrt(variance.sum(axis=(0, 1, 2)) + EPSILON**2)
    return _convolve(image, along.astype(np.float32), operation, operation.strides)


def mix(common: tf.Tensor, kernel: Array, operation: Conv2D, size: tuple[int, int]) -> tf.Tensor:
    """Convolve each channel's factor, and make one of each output channel of them all.

    What the outputs' channels then have in common is left out. As the factors are smooth, this is worked out at every
    other position, and repeated.

    Args:
        common: what each input channel's factor adds, float32 [N, h, w, in].
        kernel: known, or the means of its weights, float32 [h, w, in, out].
        operation: the convolution.
        size: height and width of its outputs.

    Returns:
        Float32 [N, h', w', out].
    """
    height, width, inputs, outputs = kernel.shape
    step = 1 if max(operation.dilations) > 1 else 2  # TensorFlow has no dilated convolution with strides
    strides = (step * operation.strides[0], step * operation.strides[1])
    each = _convolve(common, kernel.reshape(height, width, 1, inputs * outputs), operation, strides)
    count, rows, columns, _ = each.shape
    squares = tf.reshape(tf.square(each), [-1, inputs, outputs])
    mixed = tf.reshape(tf.sqrt(tf.reduce_sum(squares, axis=1)), [count, rows, columns, outputs])
    return mixed if step == 1 else _doubled(mixed)[:, : size[0], : size[1]]


def _convolve(values: tf.Tensor, kernel: Array, operation: Conv2D, strides: tuple[int, int]) -> tf.Tensor:
    return tf.nn.conv2d(values, kernel, strides, operation.padding, dilations=operation.dilations)


def _doubled(maps: tf.Tensor) -> tf.Tensor:
    """Repeat every position in both directions: [N, h, w, c] -> [N, 2 h, 2 w, c]."""
    count, height, width, channels = maps.shape
    wide = tf.reshape(tf.concat([maps, maps], axis=3), [count, height, 2 * width * channels])
    return tf.reshape(tf.concat([wide, wide], axis=2), [count, 2 * height, 2 * width, channels])
