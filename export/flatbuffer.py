"""Edits graphs without TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
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


def with_signature(graph: bytes, name: str, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """Give a graph's function a name, and its tensors names that say what they are; what it computes stays as it is.

    A runtime that calls by name, such as `runSignature` on Android or LiteRT.js in a browser, finds it there.

    Args:
        graph: a flatbuffer of one function.
        name: the signature's.
        inputs: a name for each input, in order.
        outputs: a name for each output, in order.
    """
    model = unpack_graph(graph)
    function = model.subgraphs[0]
    for index, tensor in zip((*function.inputs, *function.outputs), (*inputs, *outputs), strict=True):
        function.tensors[index].name = tensor.encode()
    function.name = name.encode()
    model.signatureDefs = [_signature(name, inputs, function.inputs, outputs, function.outputs)]
    return pack_graph(model)


def _signature(
    name: str, inputs: Sequence[str], taken: Sequence[int], outputs: Sequence[str], given: Sequence[int]
) -> Any:
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = name.encode(), 0
    signature.inputs = [_tensor_map(*named) for named in zip(inputs, taken, strict=True)]
    signature.outputs = [_tensor_map(*named) for named in zip(outputs, given, strict=True)]
    return signature


def _tensor_map(name: str, index: int) -> Any:
    named = schema.TensorMapT()
    named.name, named.tensorIndex = name.encode(), int(index)
    return named


def _operators(model: Any, code: int) -> list[Any]:
    return [
        operator
        for subgraph in model.subgraphs
        for operator in subgraph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode == code
    ]
