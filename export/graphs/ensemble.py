"""Writes K weight samples down as K deterministic graphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

    One sample is converted, and the others' weights are written into copies of its graph: converting takes a tenth of
    a second, copying none. The last sample is converted too, to prove that a copy is byte for byte the same; where it
    is not, as when the converter folds a normalisation into a kernel, every sample is converted.
    """
    copies = _copy_members(samples, precision, batch)
    if copies and copies[-1] == convert_member(select(samples, [len(copies) - 1]), precision, batch):
        return copies
    return [convert_member(select(samples, [index]), precision, batch) for index in range(count_samples(samples))]


def convert_member(sample: Samples, precision: Precision, batch: int = 1) -> bytes:
    """Convert one sample, a network of K = 1: float32 [N, h, w, c] -> [N, C]."""
    weights = FrozenWeights(sample)

    def forward(image: tf.Tensor) -> tf.Tensor:
        logits = class_logits(sample, weights, image)
        return tf.nn.softmax(tf.reshape(logits, [-1, logits.shape[-1]]))

    return convert(forward, (batch, *sample.input_shape), precision)


def _copy_members(samples: Samples, precision: Precision, batch: int) -> list[bytes]:
    """Write every sample into a copy of the first one's graph; empty when a weight is not found in it."""
    dtype = SCHEMES[precision.quantisation].weights
    if dtype is None:
        return []
    template = convert_member(select(samples, [0]), precision, batch)
    places = list(_find_weights(samples, template, dtype))
    if None in places or len({place.start for place in places if place}) < len(
        places
    ):  # equal constants are stored once
        return []
    members = []
    for index in range(count_samples(samples)):
        member = bytearray(template)
        for place in places:
            if place:
                values = _stored(samples.layers[place.layer].weights[place.role][index], place.axes, dtype)
                member[place.start : place.start + len(values)] = values
        members.append(bytes(member))
    return members


def _find_weights(samples: Samples, template: bytes, dtype: DTypeLike) -> Iterator[Place | None]:
    """Find every sampled weight of the first sample in its graph, by its own bytes; None for one not found once."""
    for number, layer in enumerate(samples.layers):
        for role, values in layer.weights.items():
            if (values == values[:1]).all():
                continue
            if len(np.unique(values.reshape(len(values), -1), axis=0)) < len(values):  # a mask, that may equal others
                yield None
                continue
            found = [
                Place(number, role, template.index(stored), axes)
                for axes in permutations(range(values.ndim - 1))
                if template.count(stored := _stored(values[0], axes, dtype)) == 1
            ]
            yield found[0] if found else None


def _stored(values: Array, axes: tuple[int, ...], dtype: DTypeLike) -> bytes:
    return np.ascontiguousarray(values.transpose(axes), dtype).tobytes()
