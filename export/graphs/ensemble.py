"""Writes K weight samples down as K deterministic graphs."""

from __future__ import annotations

import tensorflow as tf

from export.graphs.convert import Precision, convert
from export.graphs.layers import class_probabilities
from export.graphs.stacked import FrozenWeights, count_samples
from models.network import Layer, Network, Samples


def convert_each(samples: Samples, precision: Precision) -> list[bytes]:
    """Convert every sample by itself: float32 [N, h, w, c] -> [N, C] each."""
    return [convert_member(select(samples, index), precision) for index in range(count_samples(samples))]


def convert_member(sample: Samples, precision: Precision) -> bytes:
    """Convert one sample: float32 [N, h, w, c] -> [N, C]."""
    weights = FrozenWeights(sample)

    def forward(image: tf.Tensor) -> tf.Tensor:
        return class_probabilities(sample, weights, image)[:, 0]

    return convert(forward, (None, *sample.input_shape), precision)


def select(samples: Samples, index: int) -> Samples:
    """Give one sample as a network of K = 1."""
    layers = (
        Layer(layer.name, layer.operation, {role: values[index : index + 1] for role, values in layer.weights.items()})
        for layer in samples.layers
    )
    return Network(samples.architecture, samples.input_shape, tuple(layers))
