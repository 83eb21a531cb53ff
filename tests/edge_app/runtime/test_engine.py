"""The engine runs graphs as they were exported, and refuses those that do not fit."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import msgspec
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier, open_bundle
from edge_app.runtime.engine import Engine, Kernels, Signature, open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import InputPart
from edge_app.runtime.prediction import predict_batch, temper

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"
SIGNATURE = Signature((28, 28, 1), 200, 10)


@pytest.fixture(scope="module")
def graph() -> bytes:
    return load_bundle(SHIPPED).graphs[0]


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).random((3, 28, 28, 1), np.float32)


def test_every_row_is_a_distribution(graph: bytes, images: np.ndarray) -> None:
    probabilities = Engine({"g": graph}, SIGNATURE).run(images)
    assert probabilities.shape == (3, 200, 10)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, atol=1e-5)


@pytest.mark.parametrize("what", [Engine.__init__, Classifier.__init__, open_engine, open_bundle])
def test_one_thread_is_used_unless_more_are_asked_for(what: Callable[..., object]) -> None:
    assert inspect.signature(what).parameters["threads"].default == 1


def test_images_do_not_see_each_other(graph: bytes, images: np.ndarray) -> None:
    engine = Engine({"g": graph}, SIGNATURE)
    together = engine.run(images)
    for index in (2, 0):
        np.testing.assert_array_equal(engine.run(images[index : index + 1])[0], together[index])


def test_no_image_gives_no_row(graph: bytes, images: np.ndarray) -> None:
    assert Engine({"g": graph}, SIGNATURE).run(images[:0]).shape == (0, 200, 10)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kernels", list(Kernels))
def test_threads_and_kernels_change_nothing(threads: int, kernels: Kernels, graph: bytes, images: np.ndarray) -> None:
    expected = Engine({"g": graph}, SIGNATURE).run(images)
    found = Engine({"g": graph}, SIGNATURE, threads=threads, kernels=kernels).run(images)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_is_returned_stays_when_the_engine_runs_on(graph: bytes, images: np.ndarray) -> None:
    engine = Engine({"g": graph}, SIGNATURE)
    first = engine.run(images[:1])
    kept = first.copy()
    engine.run(images[1:])
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        (Signature((28, 28, 3), 200, 10), r"expected float32 \[1, 28, 28, 3\]"),
        (Signature((28, 28, 1), 20, 10), r"expected float32 \[1, 20, 10\]"),
        (Signature((28, 28, 1), 200, 7), r"expected float32 \[1, 200, 7\]"),
    ],
)
def test_a_graph_that_does_not_fit_is_refused(signature: Signature, expected: str, graph: bytes) -> None:
    with pytest.raises(EdgeError, match=expected):
        Engine({"g.tflite": graph}, signature)


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x1c\0\0\0TFL3" + b"\0" * 100])
def test_what_is_no_graph_never_reaches_litert(content: bytes) -> None:
    with pytest.raises(EdgeError, match=r"g\.tflite: found .*; expected a graph made by export/to_tflite\.py"):
        Engine({"g.tflite": content}, SIGNATURE)


def test_what_litert_cannot_load_is_refused_by_name(graph: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    model = schema.ModelT.InitFromPackedBuf(graph, 0)
    model.operatorCodes[-1].version = 99
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(EdgeError, match=r"g\.tflite: LiteRT cannot load it \(.*version.*\); export the bundle again"):
        Engine({"g.tflite": bytes(builder.Output())}, SIGNATURE)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((28, 28, 1), np.float32), np.zeros((1, 28, 28), np.float32), np.zeros((1, 28, 28, 1), np.uint8)],
)
def test_images_of_another_shape_or_type_are_refused(wrong: np.ndarray, graph: bytes) -> None:
    with pytest.raises(ValueError, match="expected float32"):
        Engine({"g": graph}, SIGNATURE).run(wrong)


def test_a_classifier_tempers_and_predicts_as_its_manifest_says(images: np.ndarray) -> None:
    bundle = load_bundle(SHIPPED)
    classifier = Classifier(bundle)
    raw = open_engine(bundle).run(images)
    tempered = temper(raw, bundle.manifest.temperature)
    np.testing.assert_array_equal(classifier.probabilities(images), tempered)
    expected = predict_batch(tempered, bundle.manifest.thresholds)
    found = classifier.classify_batch(images)
    np.testing.assert_array_equal(found.mean, expected.mean)
    np.testing.assert_array_equal(found.unsure, expected.unsure)


def with_broken_weights(graph: bytes) -> bytes:
    """Make every weight NaN: the half-precision number whose bits are all ones."""
    changed = bytearray(graph)
    model = schema.Model.GetRootAs(changed, 0)
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if buffer.DataLength() > 1000:
            buffer.DataAsNumpy()[:] = 0xFF
    return bytes(changed)


def test_a_graph_that_puts_out_no_distribution_is_refused_in_one_line(images: np.ndarray) -> None:
    bundle = load_bundle(SHIPPED)
    broken = Classifier(msgspec.structs.replace(bundle, graphs=(with_broken_weights(bundle.graphs[0]),)))
    for attempt in (broken.probabilities, broken.classify_batch, lambda batch: broken.classify(batch[0])):
        with pytest.raises(EdgeError, match=r"digits: its graph is broken \(.*non-finite.*\); export the bundle again"):
            attempt(images)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_images_that_are_not_finite_are_refused(value: float) -> None:
    images = np.full((2, 28, 28, 1), value, np.float32)
    with pytest.raises(ValueError, match="images: found a value that is not finite"):
        Classifier(load_bundle(SHIPPED)).classify_batch(images)


def _one_operation(number: int, options: Any, shapes: list[tuple[int, ...]], constants: dict[int, list[int]]) -> bytes:
    """A graph of one operation: its last tensor comes out; some of the others are constant, and the rest go in."""
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.buffers, graph.tensors = 3, [schema.BufferT()], []
    for index, shape in enumerate(shapes):
        tensor, buffer = schema.TensorT(), schema.BufferT()
        tensor.name, tensor.shape, tensor.buffer = f"t{index}", list(shape), len(model.buffers)
        tensor.type = schema.TensorType.INT32 if index in constants else schema.TensorType.FLOAT32
        if index in constants:
            buffer.data = np.frombuffer(np.array(constants[index], np.int32).tobytes(), np.uint8)
        model.buffers.append(buffer)
        graph.tensors.append(tensor)
    operator, code = schema.OperatorT(), schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = number
    operator.inputs, operator.outputs = list(range(len(shapes) - 1)), [len(shapes) - 1]
    operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
    operator.builtinOptions = options
    graph.operators, graph.outputs = [operator], operator.outputs
    graph.inputs = [index for index in operator.inputs if index not in constants]
    model.subgraphs, model.operatorCodes = [graph], [code]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _gather(place: int, axis: int) -> bytes:
    options = schema.GatherOptionsT()
    options.axis = axis
    return _one_operation(schema.BuiltinOperator.GATHER, options, [(1, 1, 1, 1), (), (1, 1, 1)], {1: [place]})


@pytest.mark.parametrize(("place", "axis", "what"), [(0, 9, "load"), (7, 1, "run")])
def test_what_litert_refuses_is_one_line_and_nothing_else(
    place: int, axis: int, what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EdgeError, match=rf"^g: LiteRT cannot {what} it \(.*\); export the bundle again$"):
        Engine({"g": _gather(place, axis)}, Signature((1, 1, 1), 1, 1)).run(np.zeros((1, 1, 1, 1), np.float32))
    gc.collect()
    assert capfd.readouterr() == ("", "")
    sound = Engine({"g": _gather(0, 1)}, Signature((1, 1, 1), 1, 1))
    assert sound.run(np.ones((1, 1, 1, 1), np.float32)) == 1.0


def _reshape(*output: int) -> bytes:
    options = schema.ReshapeOptionsT()
    options.newShape = list(output)
    shapes = [(1, 1, 1, 10), (len(output),), output]
    return _one_operation(schema.BuiltinOperator.RESHAPE, options, shapes, {1: list(output)})


def test_an_ensembles_members_give_a_row_each_with_or_without_an_axis_for_it() -> None:
    image = np.full((1, 1, 1, 10), 0.1, np.float32)
    engine = Engine({"a": _reshape(1, 10), "b": _reshape(1, 1, 10)}, Signature((1, 1, 10), 2, 10))
    np.testing.assert_array_equal(engine.run(image), np.full((1, 2, 10), 0.1, np.float32))
    with pytest.raises(EdgeError, match=r"expected float32 \[1, 20, 10\]"):
        Engine({"a": _reshape(1, 10)}, Signature((1, 1, 10), 20, 10))


def test_several_inputs_are_each_given_by_name() -> None:
    options = schema.ConcatenationOptionsT()
    options.axis = 1
    graph = _one_operation(schema.BuiltinOperator.CONCATENATION, options, [(2, 2), (2, 3), (2, 5)], {})
    inputs = np.arange(15, dtype=np.float32).reshape(3, 5)
    other_way_round = Signature((5,), 1, 5, (InputPart("t1", (3,)), InputPart("t0", (2,))))
    found = Engine({"g": graph}, other_way_round).run(inputs)
    np.testing.assert_array_equal(found[:, 0], inputs[:, [3, 4, 0, 1, 2]])
    with pytest.raises(EdgeError, match=r"^g: found input t0, t1, expected age among them; export the bundle again$"):
        Engine({"g": graph}, Signature((5,), 1, 5, (InputPart("age", (3,)), InputPart("t0", (2,)))))
    for one in (InputPart("t0", (2,)),), ():
        with pytest.raises(EdgeError, match=r"^g: found 2 inputs \(t0, t1\), expected 1; export the bundle again$"):
            Engine({"g": graph}, Signature((2,), 1, 5, one))
    with pytest.raises(EdgeError, match=r"^g: found tensor t1 float32 \[2, 3\], expected float32 \[2, 2\]"):
        Engine({"g": graph}, Signature((5,), 1, 5, (InputPart("t1", (2,)), InputPart("t0", (3,)))))
