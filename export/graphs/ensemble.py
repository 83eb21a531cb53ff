"""Writes K weight samples down as K deterministic graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import tensorflow as tf
from numpy.typing import DTypeLike

from export.graphs.convert import Precision, convert
from export.graphs.layers import Array, class_logits
from export.graphs.stacked import FrozenWeights, count_samples, select
from export.quantisation import SCHEMES
from models.network import Samples


@dataclass(frozen=True, slots=True)
class Place:
    """Where a graph holds one weight: from which byte on, and with its axes in which order."""

    layer: int
    role: str
    start: int
    axes: tuple[int, ...]


def build_ensemble(samples: Samples, precision: Precision, batch: int = 1) -> list[bytes]:
    """Make a graph of each sample: float32 [N, h, w, c] -> [N, C].

    A stand-in is converted, and each sample's weights are written into a copy of its graph: converting takes a tenth of
    a second, copying none. Where that is not possible, as when the converter folds a normalisation into a kernel, every
    sample is converted.
    """
    copies = _copy_members(samples, precision, batch)
    return copies or [convert_member(select(samples, [k]), precision, batch) for k in range(count_samples(samples))]


def convert_member(sample: Samples, precision: Precision, batch: int = 1) -> bytes:
    """Convert one sample, a network of K = 1: float32 [N, h, w, c] -> [N, C]."""
    weights = FrozenWeights(sample)

    def forward(image: tf.Tensor) -> tf.Tensor:
        logits = class_logits(sample, weights, image)
        return tf.nn.softmax(tf.reshape(logits, [-1, logits.shape[-1]]))

    return convert(forward, (batch, *sample.input_shape), precision)


def _copy_members(samples: Samples, precision: Precision, batch: int) -> list[bytes]:
    """Write every sample into a copy of one graph; empty when that cannot be proved to be what conversion gives.

    The graph is that of random weights, which no converter treats as it may treat a mask of zeros, or two that are
    equal. Other random weights prove the places: written into the copy they give byte for byte their own conversion.
    """
    dtype = SCHEMES[precision.quantisation].weights
    if dtype is None or count_samples(samples) == 1:
        return []
    first, second = (_stand_in(samples, seed) for seed in range(2))
    template = convert_member(first, precision, batch)
    places = [_find(layer, role, first, template, dtype) for layer, role in _sampled(samples)]
    found = [place for place in places if place is not None]
    if len({place.start for place in found}) < len(places):
        return []
    if _written(template, found, second, 0, dtype) != convert_member(second, precision, batch):
        return []
    return [_written(template, found, samples, index, dtype) for index in range(count_samples(samples))]


def _sampled(samples: Samples) -> list[tuple[int, str]]:
    """Give layer and role of each weight that differs from sample to sample."""
    return [
        (number, role)
        for number, layer in enumerate(samples.layers)
        for role, values in layer.weights.items()
        if not (values == values[:1]).all()
    ]


def _stand_in(samples: Samples, seed: int) -> Samples:
    """Give one sample of the same network, random where the samples differ."""
    rng, sampled, one = np.random.default_rng(seed), set(_sampled(samples)), select(samples, [0])
    layers = [
        replace(
            layer,
            weights={
                role: rng.uniform(0.5, 1.5, values.shape).astype(np.float32) if (number, role) in sampled else values
                for role, values in layer.weights.items()
            },
        )
        for number, layer in enumerate(one.layers)
    ]
    return replace(one, layers=tuple(layers))


def _find(layer: int, role: str, sample: Samples, graph: bytes, dtype: DTypeLike) -> Place | None:
    """Find a weight of a network of K = 1 in its graph, by its own bytes; None if it is not there just once."""
    (values,) = sample.layers[layer].weights[role]
    for axes in permutations(range(values.ndim)):
        stored = _stored(values, axes, dtype)
        if graph.count(stored) == 1:
            return Place(layer, role, graph.index(stored), axes)
    return None


def _written(graph: bytes, places: Sequence[Place], samples: Samples, index: int, dtype: DTypeLike) -> bytes:
    member = bytearray(graph)
    for place in places:
        values = _stored(samples.layers[place.layer].weights[place.role][index], place.axes, dtype)
        member[place.start : place.start + len(values)] = values
    return bytes(member)


def _stored(values: Array, axes: tuple[int, ...], dtype: DTypeLike) -> bytes:
    return np.ascontiguousarray(values.transpose(axes), dtype).tobytes()
