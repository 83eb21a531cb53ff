"""What one layer hands to the next: Gaussians in place of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import tensorflow as tf

EPSILON = 1e-6
"""Least variance that is divided by: float16 graphs with less gave NaN."""


@dataclass(frozen=True, slots=True)
class GaussianMaps:
    """Feature maps.

    A channel's own noise is independent of the other channels' given the image, for each has kernels of its own. The
    positions of one channel share its kernel's noise; how far is assumed where it matters (`Assumptions`). A layer that
    mixes channels makes noise that its outputs share; as loadings it is not lost.

    Attributes:
        mean: float32 [N, h, w, c].
        own: variance of each channel's own noise, float32 [N, h, w, c]; None where every weight so far was known.
        flat: whether a dense layer takes a whole map for its input, as after Flatten.
        loadings: what F standard Normal factors, which positions and channels share, add to each value, float32
            [N * F, h, w, c]; None for no factors.
        common: what one standard Normal factor for each channel, which all of its positions share, adds to each value,
            float32 [N, h, w, c]; None for nothing. It is smooth: what an even background makes.
    """

    mean: tf.Tensor
    own: tf.Tensor | None
    flat: bool = False
    loadings: tf.Tensor | None = None
    common: tf.Tensor | None = None

    @property
    def variance(self) -> tf.Tensor | None:
        """Variance of each value, float32 [N, h, w, c]; None for none."""
        parts = [] if self.loadings is None else [sum_of_squares(self.loadings, self.mean)]
        parts += [] if self.common is None else [tf.square(self.common)]
        parts += [] if self.own is None else [self.own]
        return sum(parts[1:], parts[0]) if parts else None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.mean.shape[1], self.mean.shape[2]

    @property
    def channels(self) -> int:
        """Number c of channels."""
        return int(self.mean.shape[3])


def sum_of_squares(loadings: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Sum the squares of loadings over their factors: [N * F, ...] -> [N, ...], the shape of `like`."""
    count, size = like.shape[0], math.prod(like.shape[1:])
    squares = tf.reshape(tf.square(loadings), [count, -1, size])
    return tf.reshape(tf.reduce_sum(squares, axis=1), like.shape)


def scaled(loadings: tf.Tensor, by: tf.Tensor) -> tf.Tensor:
    """Multiply every factor's loadings, [N * F, ...], by the same numbers, [N, ...]."""
    count, size = by.shape[0], math.prod(by.shape[1:])
    product = tf.reshape(loadings, [count, -1, size]) * tf.reshape(by, [count, 1, size])
    return tf.reshape(product, loadings.shape)


@dataclass(frozen=True, slots=True)
class GaussianUnits:
    """A dense layer's outputs, with covariance.

    Attributes:
        mean: float32 [N, c].
        loadings: what F standard Normal factors, which the units share, add to each unit, float32 [N, F, c]; None
            for no factors.
        own: variance of each unit's own noise, float32 [N, c]; None for no noise.
    """

    mean: tf.Tensor
    loadings: tf.Tensor | None
    own: tf.Tensor | None

    @property
    def variance(self) -> tf.Tensor | None:
        """Variance of each unit, float32 [N, c]; None for none."""
        if self.loadings is None:
            return self.own
        shared = tf.reduce_sum(tf.square(self.loadings), axis=1)
        return shared if self.own is None else shared + self.own
