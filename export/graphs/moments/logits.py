"""From the Gaussian of the last layer to its values at fixed points."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from export.graphs.moments.gaussians import EPSILON, GaussianUnits


def class_logits(x: GaussianUnits, points: NDArray[np.float32]) -> tf.Tensor:
    """Move standard Normal points to where the logits are.

    Args:
        x: the logits, [N, C].
        points: what `normal_points` returned, float32 [K, C].

    Returns:
        float32 [N, K, C].
    """
    covariance = _covariance(x)
    if covariance is None:
        return tf.tile(x.mean[:, None], [1, len(points), 1])
    return x.mean[:, None] + tf.matmul(points[None], _cholesky(covariance))


def quantities(x: GaussianUnits, points: NDArray[np.float32]) -> tf.Tensor:
    """Move standard Normal points to where a regression's values are; see `class_logits`.

    The values have units of their own, in which their variance may be as small as it likes: the points are moved in
    standard deviations. Mean and covariance are then those of the Gaussian, but for a millionth of each variance.
    """
    variance = x.variance
    if variance is None:
        return class_logits(x, points)
    inverse = tf.where(variance > 0, tf.math.rsqrt(variance), tf.zeros_like(variance))  # float16 has no small floor
    standard = GaussianUnits(
        tf.zeros_like(x.mean),
        None if x.loadings is None else x.loadings * inverse[:, None],
        None if x.own is None else x.own * inverse * inverse,
    )
    return x.mean[:, None] + class_logits(standard, points) * (variance * inverse)[:, None]


def _covariance(x: GaussianUnits) -> tf.Tensor | None:
    """Give the logits' covariance, float32 [N, C, C]; None where they are known."""
    if x.own is None and x.loadings is None:
        return None
    own = EPSILON if x.own is None else x.own[:, :, None] + EPSILON
    diagonal = np.eye(x.mean.shape[1], dtype=np.float32) * own
    return diagonal if x.loadings is None else tf.matmul(x.loadings, x.loadings, transpose_a=True) + diagonal


def _cholesky(covariance: tf.Tensor) -> tf.Tensor:
    """Give the upper triangular R, float32 [N, C, C], with R^T R the covariance.

    Row by row, each time with the rest of the matrix that is left: TFLite has no such operation.
    """
    size = covariance.shape[1]
    rows, rest = [], covariance
    for index in range(size):
        pivot = tf.maximum(rest[:, :1, :1], EPSILON)  # rounding can make it negative
        row = rest[:, :1] * tf.math.rsqrt(pivot)  # [N, 1, size - index]
        rows.append(tf.pad(row, [(0, 0), (0, 0), (index, 0)]))
        if index + 1 < size:
            below = row[:, :, 1:]
            rest = rest[:, 1:, 1:] - tf.reshape(below, [-1, size - index - 1, 1]) * below
    return tf.concat(rows, axis=1)
