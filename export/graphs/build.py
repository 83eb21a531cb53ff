"""Builds the graphs that are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.runtime.manifest import Kind
from export.errors import ExportError
from export.graphs.convert import Precision, convert
from export.graphs.ensemble import build_ensemble
from export.graphs.layers import class_probabilities, take_turns
from export.graphs.moments.build import build_moments, build_moments_of_values
from export.graphs.moments.points import even_points, normal_points
from export.graphs.pool_first import pool_before_activation
from export.graphs.sampled import SampledWeights
from export.graphs.stacked import FrozenWeights, count_samples, select
from export.options import Assumptions, ExportOptions
from export.quantisation import SCHEMES
from models.network import Posterior, Samples
from models.posterior import draw_mixture, draw_samples, is_known
from models.read_headed import Headed

DEFAULT_SAMPLES = 50
POINTS = 200  # of kind moments: fewer understate the spread
MOMENTS = "moments.tflite"
RANGE_IMAGES = 200  # enough for the range of every activation


def build_graphs(
    posteriors: Sequence[Posterior], options: ExportOptions, images: NDArray[np.float32]
) -> dict[str, bytes]:
    """Build the graphs that are wanted; a bundle's and the benchmark's alike.

    Args:
        posteriors: of one architecture, each with an equal share of the samples.
        options: what is wanted.
        images: held out from training, float32 [N, h, w, c]; the first 200 give the ranges of int8.

    Returns:
        File name -> flatbuffer: float32 [N, h, w, c] images -> class probabilities, [N, C] of an ensemble's member,
        else [N, K, C]; N is the options' batch.

    Raises:
        ExportError: what is wanted cannot be built.
        ModelError: the posteriors are of different architectures.
    """
    count, batch = sample_count(posteriors, options), options.batch
    if batch < 1 or (batch > 1 and options.kind is Kind.SAMPLED):
        raise ExportError(f"batch: found {batch}, expected at least 1, and 1 for kind sampled")
    precision = Precision(options.quantisation, images[:RANGE_IMAGES])
    match options.way:
        case Kind.STACKED:
            return {"stacked.tflite": build_stacked(draw_mixture(posteriors, count, options.seed), precision, batch)}
        case Kind.SAMPLED:
            return {"sampled.tflite": build_sampled(posteriors, count, options.graph_seed, precision)}
        case Kind.ENSEMBLE:
            members = build_members(draw_mixture(posteriors, count, options.seed), options.chunk, precision, batch)
            return name_members(members, options.chunk)
        case Kind.MOMENTS:
            each, classes = count // len(posteriors), class_count(posteriors[0])
            points = [normal_points(each, classes, options.seed + number) for number in range(len(posteriors))]
            assumptions = options.assumptions or Assumptions()
            return {MOMENTS: build_moments(posteriors, assumptions, points, precision, batch)}


def build_values(headed: Sequence[Headed], options: ExportOptions, images: NDArray[np.float32]) -> dict[str, bytes]:
    """Build the graph of moments of a regression; see `build_graphs`.

    Raises:
        ExportError: what is wanted cannot be built.
    """
    each = options.count // len(headed)
    points = [even_points(each, one.width, options.seed + number) for number, one in enumerate(headed)]
    precision = Precision(options.quantisation, images[:RANGE_IMAGES])
    assumptions = options.assumptions or Assumptions()
    return {MOMENTS: build_moments_of_values(headed, assumptions, points, precision, options.batch)}


def sample_count(posteriors: Sequence[Posterior], options: ExportOptions) -> int:
    """Give the number K of samples that a bundle will hold.

    Raises:
        ExportError: it is not at least 1, no multiple of the number of posteriors, or more than there are different
            samples.
    """
    members = len(posteriors)
    known = all(map(is_known, posteriors)) and options.kind is not Kind.MOMENTS
    default = POINTS if options.kind is Kind.MOMENTS else -(-DEFAULT_SAMPLES // members) * members
    count = options.samples if options.samples is not None else members if known else default
    if count < 1 or count % members:
        raise ExportError(f"samples: found {count}, expected a multiple of {members}, at least 1")
    if known and count != members:
        raise ExportError(
            f"samples: found {count} of {members} model(s) whose every weight is known, so that samples would be "
            f"equal; ask for {members}, or, if a model's dropout is to stay active, say mc_dropout=True"
        )
    return count


def class_count(posterior: Posterior) -> int:
    """Give the number C of classes."""
    samples = draw_samples(posterior, 1, seed=0)  # out here: in a function TFP's own posteriors draw symbols
    weights = FrozenWeights(samples)

    @tf.function(input_signature=[tf.TensorSpec((1, *posterior.input_shape), tf.float32)], autograph=False)
    def forward(image: tf.Tensor) -> tf.Tensor:
        return class_probabilities(samples, weights, image)

    return int(forward.get_concrete_function().output_shapes[-1])


def build_members(samples: Samples, chunk: int, precision: Precision, batch: int = 1) -> list[bytes]:
    """Share K weight samples out to graphs of a chunk each: float32 [N, h, w, c] -> [N, chunk, C], of one [N, C].

    Raises:
        ExportError: the samples cannot be shared evenly.
    """
    if chunk == 1:
        return build_ensemble(samples, precision, batch)
    return [build_stacked(select(samples, share), precision, batch) for share in shares(count_samples(samples), chunk)]


def shares(count: int, chunk: int) -> list[range]:
    """Give the samples of each graph of an ensemble.

    Raises:
        ExportError: the samples cannot be shared evenly.
    """
    if not 1 <= chunk <= count or count % chunk:
        raise ExportError(f"chunk: found {chunk}, expected a divisor of {count}, the number of samples")
    return [range(start, start + chunk) for start in range(0, count, chunk)]


def name_members(members: Iterable[bytes], chunk: int) -> dict[str, bytes]:
    """Name each graph of an ensemble by its first sample."""
    return {f"sample_{index * chunk:04}.tflite": member for index, member in enumerate(members)}


def build_stacked(samples: Samples, precision: Precision, batch: int = 1) -> bytes:
    """Put K weight samples side by side in one graph: float32 [N, h, w, c] -> [N, K, C]."""
    weights = FrozenWeights(samples)

    def forward(image: tf.Tensor) -> tf.Tensor:
        return class_probabilities(samples, weights, image)

    return convert(forward, (batch, *samples.input_shape), precision)


def build_sampled(posteriors: Sequence[Posterior], copies: int, seed: int | None, precision: Precision) -> bytes:
    """Make one graph that draws K weight samples on every run: float32 [1, h, w, c] -> [1, K, C].

    Of several posteriors, sample k is one of posterior k modulo their number.

    Raises:
        ExportError: a posterior cannot be drawn from in a graph, its activations are to be integers, or the samples
            cannot be shared evenly.
    """
    members = len(posteriors)
    if copies < 1 or copies % members:
        raise ExportError(f"samples: found {copies}, expected a multiple of {members}, at least 1")
    if SCHEMES[precision.quantisation].activations == "integer":
        raise ExportError(
            f"{precision.quantisation}: would round the random numbers of a sampled graph to integers, and its draws "
            "then differ from the full model's; choose float16, or kind stacked"
        )
    drawn = [
        (pool_before_activation(posterior), SampledWeights(posterior, copies // members, own))
        for posterior, own in zip(posteriors, _seeds(seed, members), strict=True)
    ]

    def forward(image: tf.Tensor) -> tf.Tensor:
        return take_turns([class_probabilities(network, weights, image) for network, weights in drawn])

    return convert(forward, (1, *posteriors[0].input_shape), precision)


def _seeds(seed: int | None, count: int) -> list[int | None]:
    """Give each posterior a stream of its own."""
    return [None if seed is None else seed + number for number in range(count)]
