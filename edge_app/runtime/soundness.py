"""Which graphs are given to LiteRT at all.

A hash says that a graph is the one that was exported, not that it does no harm. What is checked here is what LiteRT
takes for granted: indices, sizes, and that the operations are among those that an export consists of.
"""

from __future__ import annotations

import math
import struct
from typing import Final

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.flatbuffer import BrokenGraph, Graph, Operator, Subgraph, Tensor, read_graph

OPERATIONS: Final = {
    0: "ADD",
    1: "AVERAGE_POOL_2D",
    2: "CONCATENATION",
    3: "CONV_2D",
    4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE",
    8: "FLOOR",
    9: "FULLY_CONNECTED",
    11: "L2_NORMALIZATION",
    14: "LOGISTIC",
    17: "MAX_POOL_2D",
    18: "MUL",
    19: "RELU",
    20: "RELU_N1_TO_1",
    21: "RELU6",
    22: "RESHAPE",
    25: "SOFTMAX",
    28: "TANH",
    34: "PAD",
    36: "GATHER",
    37: "BATCH_TO_SPACE_ND",
    38: "SPACE_TO_BATCH_ND",
    39: "TRANSPOSE",
    40: "MEAN",
    41: "SUB",
    42: "DIV",
    43: "SQUEEZE",
    44: "UNIDIRECTIONAL_SEQUENCE_LSTM",
    45: "STRIDED_SLICE",
    47: "EXP",
    48: "TOPK_V2",
    49: "SPLIT",
    50: "LOG_SOFTMAX",
    53: "CAST",
    54: "PRELU",
    55: "MAXIMUM",
    56: "ARG_MAX",
    57: "MINIMUM",
    58: "LESS",
    59: "NEG",
    60: "PADV2",
    61: "GREATER",
    62: "GREATER_EQUAL",
    63: "LESS_EQUAL",
    64: "SELECT",
    65: "SLICE",
    66: "SIN",
    67: "TRANSPOSE_CONV",
    69: "TILE",
    70: "EXPAND_DIMS",
    71: "EQUAL",
    72: "NOT_EQUAL",
    73: "LOG",
    74: "SUM",
    75: "SQRT",
    76: "RSQRT",
    77: "SHAPE",
    78: "POW",
    79: "ARG_MIN",
    81: "REDUCE_PROD",
    82: "REDUCE_MAX",
    83: "PACK",
    84: "LOGICAL_OR",
    85: "ONE_HOT",
    86: "LOGICAL_AND",
    87: "LOGICAL_NOT",
    88: "UNPACK",
    89: "REDUCE_MIN",
    91: "REDUCE_ANY",
    92: "SQUARE",
    93: "ZEROS_LIKE",
    94: "FILL",
    98: "LEAKY_RELU",
    99: "SQUARED_DIFFERENCE",
    100: "MIRROR_PAD",
    101: "ABS",
    102: "SPLIT_V",
    104: "CEIL",
    105: "REVERSE_V2",
    106: "ADD_N",
    108: "COS",
    109: "WHERE",
    111: "ELU",
    114: "QUANTIZE",
    116: "ROUND",
    117: "HARD_SWISH",
    123: "SELECT_V2",
    126: "BATCH_MATMUL",
    128: "CUMSUM",
    130: "BROADCAST_TO",
    140: "REDUCE_ALL",
    146: "RANDOM_STANDARD_NORMAL",
    148: "RANDOM_UNIFORM",
    150: "GELU",
    152: "RELU_0_TO_1",
    158: "SIGN",
}
"""Numbers and names of the operations that an exported graph may have: none keeps a state, calls code or loops."""
TYPE_BYTES: Final = {0: 4, 1: 2, 2: 4, 3: 1, 4: 8, 6: 1, 7: 2, 9: 1, 10: 8}
"""Bytes of an element, by the type's number: float32, float16, int32, uint8, int64, bool, int16, int8, float64."""
INT32: Final = 2
STRIDES: Final = {
    1: ((1, 0), (2, 0), (3, 0), (4, 0)),
    3: ((1, 0), (2, 0), (4, 1), (5, 1)),
    4: ((1, 0), (2, 0), (5, 1), (6, 1)),
    17: ((1, 0), (2, 0), (3, 0), (4, 0)),
}
"""Strides, windows and dilations of pooling and convolutions: operation -> its options' fields and their defaults."""
OPTIONAL_INPUTS: Final = {3: {2}, 4: {2}, 9: {2}, 44: set(range(24)), 67: {3}}
"""Inputs that may be left out: operation -> their places. A bias, or parts of a recurrent layer."""
SAME_SHAPE: Final = frozenset(
    {6, 8, 14, 19, 20, 21, 25, 28, 47, 50, 53, 59, 66, 73, 75, 76, 92, 93, 98, 101, 104, 108, 111, 114, 116, 117}
    | {150, 152, 158}
)
"""Operations whose output has the shape of their input: XNNPACK writes as many numbers as it reads."""
BLOCKS: Final = frozenset({37, 38})
"""Operations that divide by the numbers of their second input and pad or crop by those of their third."""
LARGEST_STRIDE: Final = 1 << 12
MOST_ELEMENTS: Final = 1 << 28
ACTIVATION_BYTES: Final = 1 << 26
ACTIVATIONS_PER_BYTE: Final = 4
"""Tensors that are computed and needed at the same time may take 64 MiB, and four bytes for each of the file's."""


def require_sound(content: bytes, name: str) -> Graph:
    """Read a graph, and refuse what LiteRT could not be trusted with.

    Args:
        content: a flatbuffer.
        name: where it comes from, for messages.

    Raises:
        EdgeError: the graph is broken, or is none that an export consists of.
    """
    try:
        graph = read_graph(content)
        _expect_graph(graph, content)
    except BrokenGraph as error:
        raise EdgeError(
            f"{name}: found {error}; expected a graph made by export/to_tflite.py; export it again"
        ) from None
    return graph


def _expect_graph(graph: Graph, content: bytes) -> None:
    unknown = [code for code in graph.codes if code not in OPERATIONS]
    if graph.custom or unknown:
        raise BrokenGraph(f"operations that no export has: {', '.join([*map(repr, graph.custom), *map(str, unknown)])}")
    if not graph.subgraphs or not graph.subgraphs[0].inputs or not graph.subgraphs[0].outputs:
        raise BrokenGraph("no function with an input and an output")
    for subgraph in graph.subgraphs:
        _expect_subgraph(graph, subgraph, content)
    for buffer in graph.metadata.values():
        _expect_index("a metadata entry's buffer", buffer, len(graph.buffers))
    for signature in graph.signatures:
        _expect_index("a signature's function", signature.subgraph, len(graph.subgraphs))
        tensors = len(graph.subgraphs[signature.subgraph].tensors)
        for index in (*signature.inputs, *signature.outputs):
            _expect_index("a signature's tensor", index, tensors)


def _expect_subgraph(graph: Graph, subgraph: Subgraph, content: bytes) -> None:
    for tensor in subgraph.tensors:
        _expect_index("a tensor's buffer", tensor.buffer, len(graph.buffers))
        needed, stored = _bytes_of(tensor), graph.buffers[tensor.buffer]
        found = stored.stop - stored.start
        if found not in {0, needed}:
            raise BrokenGraph(f"{found} bytes for a tensor that takes {needed}")
    for operator in subgraph.operators:
        _expect_operator(graph, subgraph, operator)
        if graph.codes[operator.code] in BLOCKS:
            _expect_blocks(graph, subgraph, operator, content)
    for index in (*subgraph.inputs, *subgraph.outputs):
        _expect_index("an input or output", index, len(subgraph.tensors))
    _expect_order(graph, subgraph)
    limit, needed = ACTIVATION_BYTES + ACTIVATIONS_PER_BYTE * len(content), _most_bytes(graph, subgraph)
    if needed > limit:
        raise BrokenGraph(f"{needed:,} bytes of tensors to compute, more than {limit:,}")


def _most_bytes(graph: Graph, subgraph: Subgraph) -> int:
    """Count the bytes of computed tensors needed at the same time: each from its operation to its last use."""
    sizes = [
        0 if graph.buffers[tensor.buffer].stop > graph.buffers[tensor.buffer].start else _bytes_of(tensor)
        for tensor in subgraph.tensors
    ]
    last = {index: place for place, operator in enumerate(subgraph.operators) for index in operator.inputs}
    kept = {*subgraph.inputs, *subgraph.outputs}
    needed = most = sum(sizes[index] for index in set(subgraph.inputs))
    for place, operator in enumerate(subgraph.operators):
        needed += sum(sizes[index] for index in operator.outputs)
        most = max(most, needed)
        done = {index for index in operator.inputs if index >= 0 and last[index] == place} - kept
        unused = {index for index in operator.outputs if index not in last} - kept
        needed -= sum(sizes[index] for index in done | unused)
    return most


def _expect_operator(graph: Graph, subgraph: Subgraph, operator: Operator) -> None:
    _expect_index("an operation's code", operator.code, len(graph.codes))
    optional = OPTIONAL_INPUTS.get(graph.codes[operator.code], set())
    for place, index in enumerate(operator.inputs):
        if index != -1 or place not in optional:  # -1 stands for an input that is left out
            _expect_index("an operation's input", index, len(subgraph.tensors))
    for index in operator.outputs:
        _expect_index("an operation's output", index, len(subgraph.tensors))
    if graph.codes[operator.code] in SAME_SHAPE:
        shapes = {subgraph.tensors[index].shape for index in (*operator.inputs, *operator.outputs)}
        if len(shapes) > 1:
            raise BrokenGraph(f"{OPERATIONS[graph.codes[operator.code]]} of shapes {sorted(map(list, shapes))}")
    for field, default in STRIDES.get(graph.codes[operator.code], ()):
        stride = operator.options.integer(field, "i", default) if operator.options else default
        if not 1 <= stride <= LARGEST_STRIDE:
            raise BrokenGraph(f"a stride, window or dilation of {stride}")


def _expect_blocks(graph: Graph, subgraph: Subgraph, operator: Operator, content: bytes) -> None:
    """The numbers that it divides, pads or crops by stand in the file, and are in their range."""
    if len(operator.inputs) != 3:
        raise BrokenGraph(f"{OPERATIONS[graph.codes[operator.code]]} of {len(operator.inputs)} inputs")
    for least, index in zip((1, 0), operator.inputs[1:], strict=True):
        tensor = subgraph.tensors[index]
        part = content[graph.buffers[tensor.buffer]]
        if tensor.type != INT32 or not part:
            raise BrokenGraph("a block's shape or edges that are no constant whole numbers")
        found = struct.unpack(f"<{len(part) // 4}i", part)
        if not all(least <= number <= LARGEST_STRIDE for number in found):
            raise BrokenGraph(f"a block's shape or edges of {list(found)}")


def _expect_order(graph: Graph, subgraph: Subgraph) -> None:
    """Every operation reads what is there by then, and no two write the same tensor."""
    known = {
        index
        for index, tensor in enumerate(subgraph.tensors)
        if graph.buffers[tensor.buffer].stop > graph.buffers[tensor.buffer].start or 0 in tensor.shape
    }
    known |= set(subgraph.inputs)
    for operator in subgraph.operators:
        missing = [index for index in operator.inputs if index >= 0 and index not in known]
        if missing:
            raise BrokenGraph(f"an operation that reads tensor {missing[0]} before it is computed")
        if not known.isdisjoint(operator.outputs) or len(set(operator.outputs)) < len(operator.outputs):
            raise BrokenGraph("an operation that writes a tensor which is there already")
        known |= set(operator.outputs)
    missing = [index for index in subgraph.outputs if index not in known]
    if missing:
        raise BrokenGraph(f"an output, tensor {missing[0]}, that nothing computes")


def _bytes_of(tensor: Tensor) -> int:
    if tensor.type not in TYPE_BYTES:
        raise BrokenGraph(f"a tensor of type {tensor.type}")
    if any(extent < 0 for extent in tensor.shape):
        raise BrokenGraph(f"a tensor of shape {list(tensor.shape)}")
    elements = math.prod(tensor.shape)
    if elements > MOST_ELEMENTS:
        raise BrokenGraph(f"a tensor of shape {list(tensor.shape)}")
    return elements * TYPE_BYTES[tensor.type]


def _expect_index(what: str, index: int, count: int) -> None:
    if not 0 <= index < count:
        raise BrokenGraph(f"{what} with index {index}, where there are {count}")
