"""What one layer hands to the next: Gaussians in place of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

EPSILON = 1e-6
"""Least variance that is divided by: float16 graphs with less gave NaN."""


@dataclass(frozen=True, slots=True)
class GaussianMaps:
    """Feature maps.

    The channels of a map are independent given the image, for each has kernels of its own. The positions of one
    channel share its kernel's noise; how far is assumed where it matters (`Assumptions`).

    Attributes:
        mean: float32 [N, h, w, c].
        variance: float32 [N, h, w, c]; None where every weight so far was known.
        flat: whether a dense layer takes a whole map for its input, as after Flatten.
    """

    mean: tf.Tensor
    variance: tf.Tensor | None
    flat: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.mean.shape[1], self.mean.shape[2]

    @property
    def channels(self) -> int:
        """Number c of channels."""
        return int(self.mean.shape[3])


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
