"""Lets a graph take several inputs by their names, in place of the one vector in which they lie side by side."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from edge_app.runtime.manifest import InputPart
from edge_app.runtime.quiet import silenced_native_log
from export.flatbuffer import fed_by, with_signature


def with_named_inputs(graph: bytes, parts: Sequence[InputPart], batch: int) -> bytes:
    """Give each part of a graph's input a tensor of its own, float32 [N, *shape], called by its name.

    Args:
        graph: takes float32 [N, P], all parts flattened and side by side.
        parts: in their order.
        batch: N.
    """
    specs = [tf.TensorSpec((batch, *part.shape), tf.float32) for part in parts]

    @tf.function(input_signature=specs, autograph=False)
    def pack(*inputs: tf.Tensor) -> tf.Tensor:
        return tf.concat([tf.reshape(each, (batch, -1)) for each in inputs], axis=1)

    with silenced_native_log():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([pack.get_concrete_function()])
        packing = with_signature(converter.convert(), "packed", [part.name for part in parts], ["packed"])
    return fed_by(graph, packing)
