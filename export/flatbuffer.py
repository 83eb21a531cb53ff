"""Reads and edits graphs without TensorFlow."""

from __future__ import annotations

from typing import Any

import flatbuffers  # type: ignore[import-untyped]  # it publishes none
from ai_edge_litert import schema_py_generated as schema

IDENTIFIER = b"TFL3"


def with_graph_seed(graph: bytes, seed: int) -> bytes:
    """Give a sampled graph a stream that every fresh interpreter repeats.

    Args:
        graph: a flatbuffer whose random operations may read the system's entropy.
        seed: at least 1.
    """
    model = schema.ModelT.InitFromPackedBuf(graph, 0)
    random = [operator.builtinOptions for operator in _operators(model, schema.BuiltinOperator.RANDOM_STANDARD_NORMAL)]
    for stream, options in enumerate(random, start=1):
        options.seed, options.seed2 = seed, stream
    return _pack(model)


def _operators(model: Any, code: int) -> list[Any]:
    return [
        operator
        for subgraph in model.subgraphs
        for operator in subgraph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode == code
    ]


def _pack(model: Any) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())
