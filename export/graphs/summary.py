"""Adds to a graph what a device says of its samples, so that a program in any language needs nothing else.

The formulas are those of `edge_app.runtime.prediction`, in float32 and in builtin operations of TFLite.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import tensorflow as tf

from edge_app.runtime.embed import unpack_graph
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.prediction import INTERVAL_PERCENT, Reason, Sampling
from edge_app.runtime.quiet import silenced_native_log
from export.flatbuffer import joined, with_signature

READ: Final = "read"
OUTPUTS: Final = (
    "mean",
    "low",
    "high",
    "total_bits",
    "aleatoric_bits",
    "epistemic_bits",
    "label",
    "label_set",
    "reason",
)
REASONS: Final = (None, Reason.AMBIGUOUS, Reason.UNFAMILIAR)
"""What the numbers of `reason` mean."""
SETTINGS: Final = ("read/exponent", "read/threshold_bits", "read/least_probability")
"""Names of the tensors that hold what the bundle was calibrated to."""
LEAST: Final = 1e-37  # a logarithm's argument: float32 has no smaller number of full precision


def with_summary(graph: bytes, manifest: Manifest) -> bytes:
    """Give a graph of all samples the signature `read`: image -> `probabilities`, and what `OUTPUTS` names.

    Args:
        graph: what `export.graphs.build` made, of any kind but ensemble.
        manifest: its calibration goes into the graph.
    """
    function = unpack_graph(graph).subgraphs[0]
    batch, samples, classes = function.tensors[function.outputs[0]].shape.tolist()
    summary = build_summary((batch, samples, classes), manifest.kind.sampling)
    return joined(graph, summary, settings(manifest))


def settings(manifest: Manifest) -> dict[str, np.float32]:
    """Give what the bundle was calibrated to, by the names of `SETTINGS`."""
    values = (
        1.0 / manifest.temperature,
        manifest.thresholds.entropy_bits,
        1.0 - manifest.thresholds.conformal,
    )
    return dict(zip(SETTINGS, map(np.float32, values), strict=True))


def build_summary(shape: tuple[int, int, int], sampling: Sampling) -> bytes:
    """Convert the summary: float32 [N, K, C] class probabilities, and the settings -> what `OUTPUTS` names.

    Args:
        shape: N, K and C.
        sampling: how the samples stand for the posterior.
    """
    names = ("probabilities", *SETTINGS)
    specs = [tf.TensorSpec(size, tf.float32) for size in (shape, (), (), ())]

    @tf.function(input_signature=specs, autograph=False)
    def summarise(
        raw: tf.Tensor, exponent: tf.Tensor, threshold_bits: tf.Tensor, least_probability: tf.Tensor
    ) -> list[tf.Tensor]:
        powers = tf.pow(raw, exponent)
        p = powers / tf.reduce_sum(powers, axis=2, keepdims=True)
        mean = tf.reduce_mean(p, axis=1)
        total, aleatoric = _entropy_bits(mean), tf.reduce_mean(_entropy_bits(p), axis=1)
        epistemic = tf.maximum(total - aleatoric, 0.0) * _correction(shape[1], sampling)
        empty = tf.reduce_max(mean, axis=1) < least_probability
        unfamiliar = tf.logical_or(empty, epistemic > aleatoric)
        unsure = tf.logical_or(empty, total > threshold_bits)
        return [
            mean,
            -_upper_end(-p, sampling),
            _upper_end(p, sampling),
            total,
            aleatoric,
            epistemic,
            tf.argmax(mean, axis=1, output_type=tf.int32),
            tf.cast(mean >= least_probability, tf.int32),
            tf.where(unsure, tf.where(unfamiliar, 2, 1), 0),
        ]

    with silenced_native_log():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([summarise.get_concrete_function()])
        return with_signature(converter.convert(), READ, names, OUTPUTS)


def _upper_end(p: tf.Tensor, sampling: Sampling) -> tf.Tensor:
    """Give the upper end of the interval over the samples: [N, K, C] -> [N, C].

    It lies between two neighbours of the samples in order, counted here from the largest.
    """
    count = int(p.shape[1])
    share = INTERVAL_PERCENT[0] / 100
    place = share * (count + 1) - 1 if sampling is Sampling.INDEPENDENT else share * count - 0.5
    place = min(max(place, 0.0), count - 1.0)
    first = math.floor(place)
    second = min(first + 1, count - 1)
    ordered = tf.math.top_k(tf.transpose(p, [0, 2, 1]), second + 1).values
    return ordered[..., first] + np.float32(place - first) * (ordered[..., second] - ordered[..., first])


def _entropy_bits(p: tf.Tensor) -> tf.Tensor:
    """Shannon entropy over the last axis, bits."""
    return tf.reduce_sum(p * tf.math.log(tf.maximum(p, LEAST)), axis=-1) * np.float32(-1 / math.log(2))


def _correction(samples: int, sampling: Sampling) -> float:
    """Undo what mutual information is low by; one sample cannot disagree with itself."""
    if sampling is Sampling.EVEN:
        return 1.0
    return samples / (samples - 1) if samples > 1 else 0.0
