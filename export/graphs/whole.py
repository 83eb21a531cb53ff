"""Writes a model down as it is: traced once, and each sample of its weights frozen into a copy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.runtime.manifest import Kind
from edge_app.runtime.soundness import OPERATIONS, require_sound
from export.errors import ExportError
from export.flatbuffer import PROBABILITIES, VALUES, operation_names
from export.graphs.build import RANGE_IMAGES, name_members, shares
from export.graphs.convert import Precision, convert
from export.options import ExportOptions
from models.outputs import Output

Frozen = Any
"""A function of images, or other inputs, without variables: float32 [N, ...] -> what a graph gives, [N, V]."""


def build_whole(
    copies: Sequence[Frozen],
    input_shape: tuple[int, ...],
    options: ExportOptions,
    images: NDArray[np.float32],
    output: Output = Output.PROBABILITIES,
) -> dict[str, bytes]:
    """Build graphs of kind stacked or ensemble out of copies of a model; see `export.graphs.build.build_graphs`.

    Raises:
        ExportError: TFLite has no builtin operation for something that the model computes, or needs state for it.
    """
    graphs = _build(copies, input_shape, options, images, PROBABILITIES if output.is_probability else VALUES)
    for name, graph in graphs.items():
        if others := sorted(set(operation_names(graph)) - set(OPERATIONS.values())):
            raise ExportError(
                f"model: becomes a graph with {', '.join(others)}, which is none of the operations that a device "
                "runs; leave such layers out (recurrent layers of Keras are unrolled, loops of one's own are not)"
            )
        require_sound(graph, name)
    return graphs


def _build(
    copies: Sequence[Frozen],
    input_shape: tuple[int, ...],
    options: ExportOptions,
    images: NDArray[np.float32],
    name: str,
) -> dict[str, bytes]:
    precision = Precision(options.quantisation, images[:RANGE_IMAGES])
    shape = (options.batch, *input_shape)
    if options.way is Kind.ENSEMBLE:
        members = [
            convert(partial(_run_all, copies[share.start : share.stop]), shape, precision, name)
            for share in shares(len(copies), options.chunk)
        ]
        return name_members(members, options.chunk)
    return {"stacked.tflite": convert(partial(_run_all, copies), shape, precision, name)}


def _run_all(copies: Sequence[Frozen], image: tf.Tensor) -> tf.Tensor:
    return tf.stack([_run(copy, image) for copy in copies], axis=1)


def _run(copy: Frozen, image: tf.Tensor) -> tf.Tensor:
    return copy(image)[0]
