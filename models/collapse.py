"""Collapses a model's posterior onto one weight sample, so that the full model can be run with known weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

from models.network import Layer, Samples
from models.predictive import run_in_batches, traced

tfd = tfp.distributions
tfpl = tfp.layers

Draws = Layer[NDArray[np.float32]]

JOINT = "joint"  # a DenseVariational's kernel and bias, which have one posterior between them


class Collapsed:
    """A full model whose every posterior is a point, at a weight sample of choice.

    The model's own layers still do all of the work, Flipout's and local reparameterisation's included; only the
    distributions that they draw from are replaced. Weights that are points stay as they are.
    """

    def __init__(self, model: tf_keras.Sequential, samples: Samples) -> None:
        """Replace the model's posteriors, for good.

        Args:
            model: the model that the samples were drawn from.
            samples: what `draw_samples` returned.
        """
        drawn = {layer.name: layer for layer in samples.layers}
        self._layers = [(drawn[layer.name], _to_points(layer, drawn[layer.name])) for layer in model.layers]
        self._run = traced(model)

    def probabilities(self, images: NDArray[np.float32], index: int) -> NDArray[np.float32]:
        """Run the full model with sample `index`: float32 [N, h, w, c] -> class probabilities, float32 [N, C]."""
        for layer, points in self._layers:
            for role, point in points.items():
                point.assign(_joint(layer, index) if role == JOINT else layer.weights[role][index])
        return run_in_batches(self._run, images)


def _to_points(layer: Any, drawn: Draws) -> dict[str, tf.Variable]:
    """Make a layer draw from points, and return those by role."""
    if isinstance(layer, tfpl.DenseVariational):
        point = tf.Variable(_joint(drawn, 0))
        layer._posterior = tfpl.DistributionLambda(lambda _: _at(point))  # noqa: SLF001 - TFP offers no public way
        layer._kl_divergence_fn = lambda *_: tf.zeros([])  # noqa: SLF001 - a point's divergence is infinite
        return {JOINT: point}
    points = {}
    for role, values in drawn.weights.items():
        if hasattr(layer, f"{role}_posterior"):
            points[role] = tf.Variable(values[0])
            setattr(layer, f"{role}_posterior", _at(points[role]))
            setattr(layer, f"{role}_divergence_fn", None)
    return points


def _at(point: tf.Variable) -> Any:
    # A Normal without width rather than a Deterministic: Flipout asks its posterior for a scale.
    return tfd.Independent(tfd.Normal(point, tf.zeros_like(point)), point.shape.rank)


def _joint(layer: Draws, index: int) -> NDArray[np.float32]:
    return np.concatenate([layer.weights[role][index].ravel() for role in ("kernel", "bias") if role in layer.weights])
