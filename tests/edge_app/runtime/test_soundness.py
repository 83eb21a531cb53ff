"""Tests that what LiteRT would take for granted in a graph is checked before it sees the graph."""

from __future__ import annotations

import struct
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.flatbuffer import BrokenGraph, _File, read_graph
from edge_app.runtime.soundness import LARGEST_STRIDE, OPERATIONS, SAME_SHAPE, TYPE_BYTES, require_sound

SHIPPED = (Path(__file__).parents[3] / "edge_app" / "bundles" / "digits" / "moments.tflite").read_bytes()


def _small() -> bytes:
    """A graph of one convolution and a softmax, as the schema's own writer packs it."""
    shapes = {"image": (1, 4, 4, 1), "kernel": (2, 3, 3, 1), "bias": (2,), "maps": (1, 2, 2, 2), "out": (1, 2, 2, 2)}
    contents = {"kernel": np.ones((2, 3, 3, 1), np.float32), "bias": np.zeros(2, np.float32)}
    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    graph = schema.SubGraphT()
    graph.tensors = []
    for name, shape in shapes.items():
        tensor, buffer = schema.TensorT(), schema.BufferT()
        tensor.name, tensor.shape, tensor.buffer = name, list(shape), len(model.buffers)
        tensor.type = schema.TensorType.FLOAT32
        if name in contents:
            buffer.data = np.frombuffer(contents[name].tobytes(), np.uint8)
        model.buffers.append(buffer)
        graph.tensors.append(tensor)
    convolution, softmax = schema.OperatorT(), schema.OperatorT()
    options = schema.Conv2DOptionsT()
    options.padding, options.strideW, options.strideH = schema.Padding.VALID, 1, 1
    convolution.builtinOptionsType, convolution.builtinOptions = schema.BuiltinOptions.Conv2DOptions, options
    convolution.inputs, convolution.outputs = [0, 1, 2], [3]
    softmax.builtinOptionsType, softmax.builtinOptions = schema.BuiltinOptions.SoftmaxOptions, schema.SoftmaxOptionsT()
    softmax.opcodeIndex, softmax.inputs, softmax.outputs = 1, [3], [4]
    graph.operators, graph.inputs, graph.outputs = [convolution, softmax], [0], [4]
    model.subgraphs = [graph]
    model.operatorCodes = [_code(schema.BuiltinOperator.CONV_2D), _code(schema.BuiltinOperator.SOFTMAX)]
    return _pack(model)


def _code(number: int) -> Any:
    code = schema.OperatorCodeT()
    code.builtinCode = number
    code.deprecatedBuiltinCode = min(number, schema.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES)
    return code


def _pack(model: Any) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _changed(change: Callable[[Any], None]) -> bytes:
    model = schema.ModelT.InitFromPackedBuf(_small(), 0)
    change(model)
    return _pack(model)


def test_what_the_exporter_and_the_schema_write_is_sound() -> None:
    assert require_sound(_small(), "x").subgraphs[0].inputs == (0,)
    shipped = require_sound(SHIPPED, "x")
    model = schema.ModelT.InitFromPackedBuf(SHIPPED, 0)
    assert shipped.codes == tuple(code.builtinCode for code in model.operatorCodes)
    assert [tensor.shape for tensor in shipped.subgraphs[0].tensors] == [
        tuple(tensor.shape) for tensor in model.subgraphs[0].tensors
    ]
    assert [tensor.name for tensor in shipped.subgraphs[0].tensors] == [
        tensor.name.decode() for tensor in model.subgraphs[0].tensors
    ]
    for part, buffer in zip(shipped.buffers, model.buffers, strict=True):
        assert SHIPPED[part] == (b"" if buffer.data is None else bytes(buffer.data))


def test_operations_are_named_as_the_schema_names_them() -> None:
    assert {number: getattr(schema.BuiltinOperator, name) for number, name in OPERATIONS.items()} == {
        number: number for number in OPERATIONS
    }


def test_no_comparison_is_missing() -> None:
    assert {"EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"} <= set(OPERATIONS.values())


def test_a_field_that_reaches_beyond_its_table_is_refused() -> None:
    graph = bytearray(_small())
    table = schema.Model.GetRootAs(graph).OperatorCodes(0)._tab.Pos
    directory = table - struct.unpack_from("<i", graph, table)[0]
    (size,) = struct.unpack_from("<H", graph, directory + 2)
    struct.pack_into("<H", graph, directory + 4 + 2 * 3, size - 1)  # the code, of four bytes
    with pytest.raises(BrokenGraph, match=f"a field at byte {table + size - 1} reaches beyond its table"):
        read_graph(bytes(graph))


@pytest.mark.parametrize("name", ["FLOAT32", "FLOAT16", "INT32", "UINT8", "INT64", "BOOL", "INT16", "INT8", "FLOAT64"])
def test_a_tensors_size_is_numpys(name: str) -> None:
    assert TYPE_BYTES[getattr(schema.TensorType, name)] == np.dtype(name.lower()).itemsize


ELEMENT_BY_ELEMENT = {
    *("ABS", "CAST", "CEIL", "COS", "DEQUANTIZE", "ELU", "EXP", "FLOOR", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG"),
    *("LOGISTIC", "LOG_SOFTMAX", "NEG", "QUANTIZE", "RELU", "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1", "ROUND", "RSQRT"),
    *("SIGN", "SIN", "SOFTMAX", "SQRT", "SQUARE", "TANH", "ZEROS_LIKE"),
}


def test_operations_on_single_elements_keep_the_shape() -> None:
    assert {getattr(schema.BuiltinOperator, name) for name in ELEMENT_BY_ELEMENT} == SAME_SHAPE


STEPS = ("strideW", "strideH")
WINDOW, DILATION = ("filterWidth", "filterHeight"), ("dilationWFactor", "dilationHFactor")


@pytest.mark.parametrize(
    ("operation", "options", "fields"),
    [
        ("CONV_2D", "Conv2DOptions", STEPS + DILATION),
        ("DEPTHWISE_CONV_2D", "DepthwiseConv2DOptions", STEPS + DILATION),
        ("AVERAGE_POOL_2D", "Pool2DOptions", STEPS + WINDOW),
        ("MAX_POOL_2D", "Pool2DOptions", STEPS + WINDOW),
    ],
)
def test_steps_and_windows_are_numbers_that_can_be_divided_by(
    operation: str, options: str, fields: tuple[str, ...]
) -> None:
    def graph(**values: int) -> bytes:
        def change(model: Any) -> None:
            model.operatorCodes[0] = _code(getattr(schema.BuiltinOperator, operation))
            first = model.subgraphs[0].operators[0]
            first.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            first.builtinOptions = getattr(schema, f"{options}T")()
            if "POOL" in operation:
                first.inputs = [0]
            for name, value in ({field: 1 for field in fields if field not in DILATION} | values).items():
                setattr(first.builtinOptions, name, value)

        return _changed(change)

    require_sound(graph(), "x")  # a dilation that is left out is 1
    for field in fields:
        require_sound(graph(**{field: LARGEST_STRIDE}), "x")
        for value in (0, -1, LARGEST_STRIDE + 1):
            with pytest.raises(EdgeError, match=rf"{value}\b"):
                require_sound(graph(**{field: value}), "x")


def _custom(model: Any) -> None:
    model.operatorCodes[1].customCode = "Evil"


def _stateful(model: Any) -> None:
    model.operatorCodes[1] = _code(schema.BuiltinOperator.CALL_ONCE)


def _no_output(model: Any) -> None:
    model.subgraphs[0].outputs = []


def _outside_tensor(model: Any) -> None:
    model.subgraphs[0].operators[1].inputs = [9]


def _missing_input(model: Any) -> None:
    model.subgraphs[0].operators[1].inputs = [-1]


def _outside_buffer(model: Any) -> None:
    model.subgraphs[0].tensors[1].buffer = 40


def _short_buffer(model: Any) -> None:
    model.buffers[2].data = model.buffers[2].data[:-1]


def _no_stride(model: Any) -> None:
    model.subgraphs[0].operators[0].builtinOptions.strideW = 0


def _large(model: Any) -> None:
    for tensor in model.subgraphs[0].tensors[3:]:
        tensor.shape = [1, 8192, 8192, 2]


def _larger(model: Any) -> None:
    model.subgraphs[0].tensors[3].shape = [1 << 20, 1 << 20]


def _negative(model: Any) -> None:
    model.subgraphs[0].tensors[3].shape = [1, -2, 2, 2]


def _strings(model: Any) -> None:
    model.subgraphs[0].tensors[3].type = schema.TensorType.STRING


def _circle(model: Any) -> None:
    model.subgraphs[0].operators[0].inputs = [4, 1, 2]


def _written_twice(model: Any) -> None:
    model.subgraphs[0].operators[1].outputs = [3]


def _nowhere(model: Any) -> None:
    model.subgraphs[0].tensors.append(model.subgraphs[0].tensors[0])
    model.subgraphs[0].outputs = [5]


def _outside_code(model: Any) -> None:
    model.subgraphs[0].operators[0].opcodeIndex = 2


def _elsewhere(model: Any) -> None:
    model.buffers[2].offset, model.buffers[2].size, model.buffers[2].data = 5_000, 4, None


def _metadata(model: Any) -> None:
    entry = schema.MetadataT()
    entry.name, entry.buffer = "x", 40
    model.metadata = [entry]


def _signature(model: Any) -> None:
    signature, tensor = schema.SignatureDefT(), schema.TensorMapT()
    tensor.name, tensor.tensorIndex = "x", 7
    signature.inputs, signature.outputs, signature.signatureKey = [tensor], [], "read"
    model.signatureDefs = [signature]


def _details(model: Any) -> None:
    quantisation = schema.QuantizationParametersT()
    quantisation.detailsType, quantisation.details = 1, schema.CustomQuantizationT()
    model.subgraphs[0].tensors[0].quantization = quantisation


def _sparse(model: Any) -> None:
    model.subgraphs[0].tensors[1].sparsity = schema.SparsityParametersT()


def _large_options_offset(model: Any) -> None:
    model.subgraphs[0].operators[0].largeCustomOptionsOffset = 16


def _large_options_size(model: Any) -> None:
    model.subgraphs[0].operators[0].largeCustomOptionsSize = 4


def _second_options(model: Any) -> None:
    model.subgraphs[0].operators[0].builtinOptions2Type = schema.BuiltinOptions2.StablehloConcatenateOptions
    model.subgraphs[0].operators[0].builtinOptions2 = schema.StablehloConcatenateOptionsT()


def _nameless(model: Any) -> None:
    _signature(model)
    model.signatureDefs[0].inputs[0].name = b"\xff"
    model.signatureDefs[0].inputs[0].tensorIndex = 0


def _other_shape(model: Any) -> None:
    model.subgraphs[0].tensors[4].shape = [1, 2, 3, 2]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_other_shape, r"SOFTMAX of shapes \[\[1, 2, 2, 2\], \[1, 2, 3, 2\]\]"),
        (_details, "a tensor has quantisation details of its own"),
        (_sparse, "a tensor is sparse or a variant"),
        (_large_options_offset, "an operation has options outside the tables of its kind"),
        (_large_options_size, "an operation has options outside the tables of its kind"),
        (_second_options, "an operation has options outside the tables of its kind"),
        (_nameless, r"the name at byte \d+ is no text"),
        (_custom, "operations that no export has: 'Evil'"),
        (_stateful, "operations that no export has: 129"),
        (_no_output, "no function with an input and an output"),
        (_outside_tensor, "an operation's input with index 9, where there are 5"),
        (_missing_input, "an operation's input with index -1"),
        (_outside_buffer, "a tensor's buffer with index 40, where there are 6"),
        (_short_buffer, "71 bytes for a tensor that takes 72"),
        (_no_stride, "a stride, window or dilation of 0"),
        (_large, "bytes of tensors to compute"),
        (_larger, r"a tensor of shape \[1048576, 1048576\]"),
        (_negative, r"a tensor of shape \[1, -2, 2, 2\]"),
        (_strings, "a tensor of type 5"),
        (_circle, "reads tensor 4 before it is computed"),
        (_written_twice, "writes a tensor which is there already"),
        (_nowhere, "an output, tensor 5, that nothing computes"),
        (_outside_code, "an operation's code with index 2, where there are 2"),
        (_elsewhere, "a buffer stands outside the flatbuffer"),
        (_metadata, "a metadata entry's buffer with index 40"),
        (_signature, "a signature's tensor with index 7"),
    ],
)
def test_what_a_graph_may_not_be(change: Callable[[Any], None], expected: str) -> None:
    with pytest.raises(EdgeError, match=rf"^x: found .*{expected}.*; expected a graph made by export/to_tflite.py"):
        require_sound(_changed(change), "x")


def _chain(operators: int, side: int) -> bytes:
    """Softmax after softmax of one large tensor: each is needed until the next is there."""

    def extend(model: Any) -> None:
        graph = model.subgraphs[0]
        for tensor in graph.tensors[3:5]:
            tensor.shape = [1, side, side, 2]
        graph.tensors[0].shape, graph.operators[0].inputs = [1, side + 2, side + 2, 1], [0, 1, 2]
        for _ in range(operators):
            graph.tensors.append(copy(graph.tensors[4]))
            softmax = copy(graph.operators[1])
            softmax.inputs, softmax.outputs = [len(graph.tensors) - 2], [len(graph.tensors) - 1]
            graph.operators.append(softmax)
        graph.outputs = [len(graph.tensors) - 1]

    return _changed(extend)


def test_memory_is_counted_where_it_is_needed_at_the_same_time() -> None:
    """A hundred tensors of 8 MB one after the other are two at a time; two of 42 MB are too many."""
    require_sound(_chain(100, 1024), "x")
    with pytest.raises(EdgeError, match="bytes of tensors to compute, more than"):
        require_sound(_chain(0, 2300), "x")


def test_a_tensor_that_nobody_reads_is_let_go() -> None:
    model = schema.ModelT.InitFromPackedBuf(_chain(0, 1024), 0)
    graph = model.subgraphs[0]
    for _ in range(20):
        graph.tensors.append(copy(graph.tensors[4]))
        softmax = copy(graph.operators[1])
        softmax.outputs = [len(graph.tensors) - 1]
        graph.operators.append(softmax)
    require_sound(_pack(model), "x")


def test_a_signature_may_name_what_is_there() -> None:
    def name(model: Any) -> None:
        _signature(model)
        model.signatureDefs[0].inputs[0].tensorIndex = 0

    (signature,) = require_sound(_changed(name), "x").signatures
    assert (signature.key, signature.inputs) == ("read", (0,))


def test_a_convolution_may_do_without_a_bias() -> None:
    def leave_bias_out(model: Any) -> None:
        model.subgraphs[0].operators[0].inputs = [0, 1, -1]

    require_sound(_changed(leave_bias_out), "x")


def test_a_convolution_without_options_has_strides_of_none() -> None:
    """The schema's default is 0, which LiteRT divides by."""

    def leave_options_out(model: Any) -> None:
        model.subgraphs[0].operators[0].builtinOptions = None

    with pytest.raises(EdgeError, match="a stride, window or dilation of 0"):
        require_sound(_changed(leave_options_out), "x")


def test_a_vector_that_is_not_aligned_is_refused() -> None:
    """Of a signature's tensors: the length stands at a multiple of four bytes, the zero points behind it do not."""

    def quantise(model: Any) -> None:
        quantisation = schema.QuantizationParametersT()
        quantisation.zeroPoint = [1, 2]
        model.subgraphs[0].tensors[0].quantization = quantisation

    content = bytearray(_changed(quantise))
    require_sound(bytes(content), "x")
    tensor = schema.Model.GetRootAs(content, 0).Subgraphs(0).Tensors(0).Quantization()
    place = tensor._tab.Pos + tensor._tab.Offset(10)  # of the offset to the zero points
    content[place] += 4
    with pytest.raises(EdgeError, match="is not aligned to its 8 bytes"):
        require_sound(bytes(content), "x")


@pytest.mark.parametrize(("field", "beyond"), [(2, 2), (2, 3), (4, 1)])
def test_a_field_beyond_its_table_is_refused(field: int, beyond: int) -> None:
    """Of the model's table: its subgraphs and its buffers."""
    content = bytearray(_small())
    (root,) = struct.unpack_from("<I", content, 0)
    directory = root - struct.unpack_from("<i", content, root)[0]
    (size,) = struct.unpack_from("<H", content, directory + 2)
    struct.pack_into("<H", content, directory + 4 + 2 * field, size - 4 + beyond)
    with pytest.raises(EdgeError, match=f"a field at byte {root + size - 4 + beyond} reaches beyond its table"):
        require_sound(bytes(content), "x")


def test_every_beginning_of_a_graph_is_refused() -> None:
    small = _small()
    for length in range(len(small)):
        with pytest.raises(EdgeError):
            require_sound(small[:length], "x")


def test_a_vector_of_a_million_tables_is_not_walked() -> None:
    def repeat(model: Any) -> None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = "x", 0
        model.metadata = [entry] * 60_000

    with pytest.raises(EdgeError, match="more than 100,000 parts"):
        require_sound(_changed(repeat), "x")


def test_a_graph_has_up_to_a_hundred_thousand_parts() -> None:
    file = _File(b"")
    for _ in range(100_000):
        file.count()
    for _ in range(2):
        with pytest.raises(BrokenGraph, match="more than 100,000 parts"):
            file.count()


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(_small()) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_whatever_the_bytes_are_the_answer_is_a_graph_or_one_line(changes: list[tuple[int, int]]) -> None:
    content = bytearray(_small())
    for place, value in changes:
        content[place] = value
    try:
        require_sound(bytes(content), "x")
    except EdgeError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


def test_another_format_is_refused() -> None:
    for content in (b"", b"GIF89a", b"\0" * 100):
        with pytest.raises(BrokenGraph, match="no TFLite graph"):
            read_graph(content)


def _blocks(model: Any, block: list[int] | None, kind: int = schema.TensorType.INT32) -> None:
    """The softmax becomes a batch-to-space of a block."""
    model.operatorCodes[1] = _code(schema.BuiltinOperator.BATCH_TO_SPACE_ND)
    for name, values in (("block", block), ("crops", [0, 0, 0, 0])):
        tensor, buffer = schema.TensorT(), schema.BufferT()
        tensor.name, tensor.shape, tensor.buffer = name, [len(values or []) or 2], len(model.buffers)
        tensor.type = kind
        buffer.data = None if values is None else np.frombuffer(np.array(values, np.int32).tobytes(), np.uint8)
        model.buffers.append(buffer)
        model.subgraphs[0].tensors.append(tensor)
    model.subgraphs[0].operators[1].inputs = [3, 5, 6]


@pytest.mark.parametrize(("block", "kind"), [([0, 1], 2), ([-1, 1], 2), ([1 << 20, 1], 2), ([1, 1], 0), (None, 2)])
def test_a_block_that_divides_by_zero_or_is_no_constant_is_refused(block: list[int] | None, kind: int) -> None:
    require_sound(_changed(lambda model: _blocks(model, [1, 1])), "x")
    with pytest.raises(EdgeError, match="a block's shape or edges"):
        require_sound(_changed(lambda model: _blocks(model, block, kind)), "x")


def test_a_block_without_its_edges_is_refused() -> None:
    def shorten(model: Any) -> None:
        _blocks(model, [1, 1])
        model.subgraphs[0].operators[1].inputs = [3, 5]

    with pytest.raises(EdgeError, match="BATCH_TO_SPACE_ND of 2 inputs"):
        require_sound(_changed(shorten), "x")
