"""Builds the graphs that an order asks for."""

from __future__ import annotations

import tensorflow as tf

from edge_app.runtime.manifest import Kind, Quantisation
from export.errors import ExportError
from export.graphs.convert import Precision, convert
from export.graphs.ensemble import build_ensemble
from export.graphs.layers import class_probabilities
from export.graphs.moments.build import build_moments
from export.graphs.moments.points import normal_points
from export.graphs.reorder import pool_before_activation
from export.graphs.sampled import SampledWeights
from export.graphs.stacked import FrozenWeights
from export.order import Assumptions, Order
from models.network import Posterior, Samples
from models.posterior import draw_samples


def build_graphs(posterior: Posterior, order: Order, precision: Precision) -> dict[str, bytes]:
    """Build the graphs that an order asks for.

    Args:
        posterior: what `read_posterior` returned.
        order: what is wanted.
        precision: the order's quantisation, with images to calibrate it on.

    Returns:
        File name -> flatbuffer: float32 [N, h, w, c] images -> class probabilities, [N, C] of an ensemble's member,
        else [N, K, C]; N is 1 for kind sampled.

    Raises:
        ExportError: the order cannot be met.
        ModelError: the number of samples is not at least 1.
    """
    match order.kind:
        case Kind.STACKED:
            return {"stacked.tflite": build_stacked(draw_samples(posterior, order.samples, order.seed), precision)}
        case Kind.SAMPLED:
            return {"sampled.tflite": build_sampled(posterior, order.samples, order.graph_seed, precision)}
        case Kind.ENSEMBLE:
            members = build_ensemble(draw_samples(posterior, order.samples, order.seed), precision)
            return {f"sample_{index:04}.tflite": member for index, member in enumerate(members)}
        case Kind.MOMENTS:
            points = normal_points(order.samples, class_count(posterior), order.seed)
            return {"moments.tflite": build_moments(posterior, order.assumptions or Assumptions(), points, precision)}


def class_count(posterior: Posterior) -> int:
    """Give the number C of classes."""
    weights = FrozenWeights(draw_samples(posterior, 1, seed=0))

    @tf.function(input_signature=[tf.TensorSpec((1, *posterior.input_shape), tf.float32)])
    def forward(image: tf.Tensor) -> tf.Tensor:
        return class_probabilities(draw_samples(posterior, 1, seed=0), weights, image)

    return int(forward.get_concrete_function().output_shapes[-1])


def build_stacked(samples: Samples, precision: Precision) -> bytes:
    """Put K weight samples side by side in one graph: float32 [N, h, w, c] -> [N, K, C]."""
    weights = FrozenWeights(samples)

    def forward(image: tf.Tensor) -> tf.Tensor:
        return class_probabilities(samples, weights, image)

    return convert(forward, (None, *samples.input_shape), precision)


def build_sampled(posterior: Posterior, copies: int, seed: int | None, precision: Precision) -> bytes:
    """Make one graph that draws K weight samples on every run: float32 [1, h, w, c] -> [1, K, C].

    Raises:
        ExportError: the posterior cannot be drawn from in a graph, or is to be quantised to int8.
    """
    if copies < 1:
        raise ExportError(f"samples: found {copies}, expected at least 1")
    if precision.quantisation is Quantisation.INT8:
        raise ExportError(
            "int8: would round the random numbers of a sampled graph to 256 values, and its draws then differ from the "
            "full model's; choose float16, or kind stacked"
        )
    weights, network = SampledWeights(posterior, copies, seed), pool_before_activation(posterior)

    def forward(image: tf.Tensor) -> tf.Tensor:
        return class_probabilities(network, weights, image)

    return convert(forward, (1, *posterior.input_shape), precision)
