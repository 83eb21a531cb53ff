"""Edits graphs without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from edge_app.runtime.embed import pack_graph, unpack_graph
from export.errors import ExportError

PROBABILITIES = "probabilities"
VALUES = "values"
"""The signature that a graph has, and its output: class probabilities, or a regression's means and scales."""

CODES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}


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


def for_one_image(graph: bytes) -> bytes:
    """Fix a graph's batch at one, and name its signature `probabilities` where it has none, as graphs of 0.1.0.

    Raises:
        ExportError: it takes more than one image at a time.
    """
    model = unpack_graph(graph)
    function = model.subgraphs[0]
    batch = int(function.tensors[function.inputs[0]].shape[0])
    if batch != 1:
        raise ExportError(f"graph: found a batch of {batch}, expected 1; export the bundle with --batch 1")
    for tensor in function.tensors:
        tensor.shapeSignature = None
    if model.signatureDefs:
        return pack_graph(model)
    return with_signature(pack_graph(model), PROBABILITIES, ["image"], [PROBABILITIES])


def without_metadata(graph: bytes) -> bytes:
    """Leave out what a graph says of itself, its manifest included."""
    model = unpack_graph(graph)
    for entry in model.metadata or []:
        model.buffers[entry.buffer].data = None
    model.metadata = []
    return pack_graph(model)


def operation_names(graph: bytes) -> list[str]:
    """Name the operations that a graph uses as TFLite's schema does, such as CONV_2D; each once, in order."""
    return list(dict.fromkeys(CODES[code.builtinCode] for code in unpack_graph(graph).operatorCodes))


def has_signature(graph: bytes, name: str) -> bool:
    """Say whether a graph can be called by this name."""
    return any(signature.signatureKey == name.encode() for signature in unpack_graph(graph).signatureDefs or [])


def joined(graph: bytes, second: bytes, constants: Mapping[str, np.float32]) -> bytes:
    """Let a second graph go on with what a first one puts out.

    Args:
        graph: of one function with one signature; its inputs and outputs stay.
        second: the same; its first input is the graph's only output. Its outputs come behind the graph's, and its
            signature's name becomes the whole's: LiteRT wants a signature to have all of a function's outputs.
        constants: the second's other inputs, by name.
    """
    model, later = unpack_graph(graph), unpack_graph(second)
    moved = _append(model, later, constants)
    model.subgraphs[0].outputs = [*model.subgraphs[0].outputs, *moved]
    (taken,), (given,) = model.signatureDefs, later.signatureDefs
    inputs = [each.name.decode() for each in taken.inputs]
    outputs = [each.name.decode() for each in (*taken.outputs, *given.outputs)]
    return with_signature(pack_graph(model), given.signatureKey.decode(), inputs, outputs)


def fed_by(graph: bytes, first: bytes) -> bytes:
    """Let a first graph prepare what a graph takes, whose outputs and signature's name stay.

    Args:
        graph: of one function with one input and one signature.
        first: the same; its only output is the graph's input. Its inputs become the whole's.
    """
    model, later = unpack_graph(first), unpack_graph(graph)
    model.subgraphs[0].outputs = _append(model, later, {})
    (taken,), (given,) = model.signatureDefs, later.signatureDefs
    inputs = [each.name.decode() for each in taken.inputs]
    outputs = [each.name.decode() for each in given.outputs]
    return with_signature(pack_graph(model), given.signatureKey.decode(), inputs, outputs)


def _append(model: Any, later: Any, constants: Mapping[str, np.float32]) -> list[int]:
    """Let a model go on with another, whose first input is its only output; gives the places of that one's outputs."""
    function, addition = model.subgraphs[0], later.subgraphs[0]
    values = {index: constants[addition.tensors[index].name.decode()] for index in addition.inputs[1:]}
    moved = {int(addition.inputs[0]): int(function.outputs[0])}
    for index, tensor in enumerate(addition.tensors):
        if index in moved:
            continue
        moved[index] = len(function.tensors)
        function.tensors.append(tensor)
        data = values[index].reshape(1).view(np.uint8) if index in values else later.buffers[tensor.buffer].data
        tensor.buffer = 0
        if data is not None:
            tensor.buffer = len(model.buffers)
            model.buffers.append(_buffer(data))
    codes = len(model.operatorCodes)
    model.operatorCodes += later.operatorCodes
    for operator in addition.operators:
        operator.opcodeIndex += codes
        operator.inputs = [moved.get(int(index), -1) for index in operator.inputs]
        operator.outputs = [moved[int(index)] for index in operator.outputs]
        function.operators.append(operator)
    return [moved[int(index)] for index in addition.outputs]


def with_constants(graph: bytes, constants: Mapping[str, np.float32]) -> bytes:
    """Give constants of `joined` other values; a graph without them stays as it is."""
    if not any(name.encode() in graph for name in constants):
        return graph
    model = unpack_graph(graph)
    for tensor in model.subgraphs[0].tensors:
        if tensor.name.decode() in constants:
            model.buffers[tensor.buffer].data = constants[tensor.name.decode()].reshape(1).view(np.uint8)
    return pack_graph(model)


def _buffer(data: NDArray[np.uint8]) -> Any:
    buffer = schema.BufferT()
    buffer.data = data
    return buffer


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
