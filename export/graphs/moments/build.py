"""Writes a posterior's moments down as one graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from export.errors import ExportError
from export.flatbuffer import VALUES
from export.graphs.convert import Precision, convert
from export.graphs.layers import take_turns
from export.graphs.moments.walk import logits_at_points, values_at_points
from export.options import Assumptions
from export.quantisation import SCHEMES
from models.network import Posterior
from models.read_headed import Headed


def build_moments(
    posteriors: Sequence[Posterior],
    assumptions: Assumptions,
    points: Sequence[NDArray[np.float32]],
    precision: Precision,
    batch: int = 1,
) -> bytes:
    """Make one graph of means and variances: float32 [N, h, w, c] -> class probabilities at K points, [N, K, C].

    Of several posteriors the logits have a mixture of Gaussians; point k is one of posterior k modulo their number.

    Args:
        posteriors: mean-field Normals and points; of one architecture.
        assumptions: where the exact answer would cost too much.
        points: what `normal_points` returned for each posterior, float32 [K / M, C].
        precision: how the graph stores its numbers.
        batch: number N of images that it takes at a time.

    Raises:
        ExportError: a layer's moments are not known, or integers are asked for.
    """
    _require_floats(precision)

    @tf.autograph.experimental.do_not_convert  # it would bury the error of a layer without moments in its own
    def forward(image: tf.Tensor) -> tf.Tensor:
        parts = [
            tf.nn.softmax(logits_at_points(posterior, assumptions, own, image))
            for posterior, own in zip(posteriors, points, strict=True)
        ]
        return take_turns(parts)

    return convert(forward, (batch, *posteriors[0].input_shape), precision)


def build_moments_of_values(
    headed: Sequence[Headed],
    assumptions: Assumptions,
    points: Sequence[NDArray[np.float32]],
    precision: Precision,
    batch: int = 1,
) -> bytes:
    """Make one graph of means and variances: float32 [N, ...] -> a regression's values at K points, [N, K, V].

    The head works on each point: what it makes of a Gaussian need be none. The points are `even_points`
    [K / M, U]; see `build_moments`.
    """
    _require_floats(precision)

    @tf.autograph.experimental.do_not_convert
    def forward(inputs: tf.Tensor) -> tf.Tensor:
        parts = []
        for each, own in zip(headed, points, strict=True):
            values = each.head(tf.reshape(values_at_points(each.body, assumptions, own, inputs), [-1, each.width]))
            parts.append(tf.reshape(values, [batch, len(own), values.shape[1]]))
        return take_turns(parts)

    return convert(forward, (batch, *headed[0].body.input_shape), precision, VALUES)


def _require_floats(precision: Precision) -> None:
    if SCHEMES[precision.quantisation].weights is None:
        raise ExportError(
            f"{precision.quantisation}: would round variances, which span many powers of ten, to integers; choose "
            "float16 for kind moments"
        )
