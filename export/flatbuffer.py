"""Edits graphs of kind sampled without TensorFlow."""

from __future__ import annotations

from typing import Any

from ai_edge_litert import schema_py_generated as schema

from edge_app.runtime.embed import pack_graph, unpack_graph


def with_graph_seed(graph: bytes, seed: int) -> bytes:
    """Give a sampled graph a stream that every fresh interpreter repeats.

    Args:
        graph: a flatbuffer whose random operations may read the system's entropy.
        seed: at least 1.
    """
    model = unpack_graph(graph)
    random = [operator.builtinOptions for operator in _operators(model, schema.BuiltinOperator.RANDOM_UNIFORM)]
    for stream, options in enumerate(random, start=1):
        options.seed, options.seed2 = seed, stream
    return pack_graph(model)


def _operators(model: Any, code: int) -> list[Any]:
    return [
        operator
        for subgraph in model.subgraphs
        for operator in subgraph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode == code
    ]
