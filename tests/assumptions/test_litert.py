"""What is relied on in LiteRT, XNNPACK and the converter, so that an upgrade which breaks it says so itself."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

import flatbuffers
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from edge_app.runtime.manifest import Quantisation
from export.bench.contenders import count_delegates
from export.errors import ExportError
from export.flatbuffer import with_graph_seed
from export.graphs.convert import Precision, convert

FLOAT = Precision(Quantisation.NONE, np.empty((0, 1, 1, 1), np.float32))
SHAPE = (1, 8, 8, 2)


def uniform_graph(*seeds: tuple[int, int], size: int = 20_000) -> bytes:
    def forward(image: tf.Tensor) -> tf.Tensor:
        draws = [
            tf.raw_ops.RandomUniform(shape=[1, size], dtype=tf.float32, seed=seed, seed2=seed2) for seed, seed2 in seeds
        ]
        return tf.concat(draws, axis=0) + 0.0 * tf.reduce_sum(image)

    return convert(forward, SHAPE, FLOAT)


def run(interpreter: Interpreter) -> NDArray[np.float32]:
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.zeros(SHAPE, np.float32))
    interpreter.invoke()
    return np.array(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def fresh(graph: bytes) -> Interpreter:
    interpreter = Interpreter(model_content=graph)
    interpreter.allocate_tensors()
    return interpreter


def operations(graph: bytes) -> list[int]:
    model = schema.ModelT.InitFromPackedBuf(graph, 0)
    return [model.operatorCodes[operator.opcodeIndex].builtinCode for operator in model.subgraphs[0].operators]


def test_a_seeded_graph_repeats_its_stream_in_a_fresh_interpreter_and_moves_on_with_each_run() -> None:
    graph = uniform_graph((3, 1))
    one, other = fresh(graph), fresh(graph)
    first, second = run(one), run(one)
    assert not (first == second).any(axis=1).all()
    np.testing.assert_array_equal(run(other), first)
    np.testing.assert_array_equal(run(other), second)


def test_allocating_again_does_not_restart_the_stream() -> None:
    interpreter = fresh(uniform_graph((3, 1)))
    first = run(interpreter)
    interpreter.allocate_tensors()
    assert (run(interpreter) != first).any()


def test_seeds_zero_read_the_systems_entropy() -> None:
    graph = uniform_graph((0, 0))
    assert (run(fresh(graph)) != run(fresh(graph))).any()


def test_two_unseeded_operations_of_one_shape_stay_two() -> None:
    first, second = run(fresh(uniform_graph((0, 0), (0, 0))))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


def test_streams_of_one_seed_are_independent() -> None:
    first, second = run(fresh(uniform_graph((7, 1), (7, 2))))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


def test_uniform_numbers_lie_below_one() -> None:
    """1 - u is then never 0, of which the transform to Normals takes the logarithm."""
    numbers = run(fresh(uniform_graph((5, 1), size=4_000_000)))
    assert numbers.min() >= 0
    assert numbers.max() < 1
    assert numbers.mean() == pytest.approx(0.5, abs=5 * math.sqrt(1 / 12 / numbers.size))


def test_seeds_can_be_written_into_a_graph() -> None:
    graph = with_graph_seed(uniform_graph((0, 0), (0, 0)), seed=9)
    np.testing.assert_array_equal(run(fresh(graph)), run(fresh(graph)))
    np.testing.assert_array_equal(run(fresh(graph)), run(fresh(uniform_graph((9, 1), (9, 2)))))


def expect_refusal(forward: Callable[[tf.Tensor], tf.Tensor]) -> None:
    with pytest.raises(ExportError, match="has no builtin operations"):
        convert(forward, SHAPE, FLOAT)


def test_extract_patches_does_not_convert() -> None:
    expect_refusal(lambda image: tf.image.extract_patches(image, [1, 3, 3, 1], [1] * 4, [1] * 4, "VALID"))


def test_flipout_layers_do_not_convert() -> None:
    layer = tfp.layers.DenseFlipout(
        2,
        bias_posterior_fn=None,
        kernel_posterior_fn=tfp.layers.default_mean_field_normal_fn(
            loc_initializer=tf_keras.initializers.Zeros(), untransformed_scale_initializer=tf_keras.initializers.Zeros()
        ),
    )
    expect_refusal(tf_keras.Sequential([tf_keras.Input(SHAPE[1:]), tf_keras.layers.Flatten(), layer]))


def test_xnnpack_takes_grouped_convolutions_and_leaves_those_with_a_computed_kernel() -> None:
    kernel = np.ones((3, 3, 1, 4), np.float32)
    grouped = convert(lambda image: tf.nn.conv2d(image, kernel, 1, "VALID"), SHAPE, FLOAT)
    assert operations(grouped) == [schema.BuiltinOperator.CONV_2D]
    assert count_delegates(grouped) == 1

    def computed(image: tf.Tensor) -> tf.Tensor:
        return tf.nn.conv2d(image, tf.reshape(image[0, :3, :3], [3, 3, 2, 1]), 1, "VALID")

    graph = convert(computed, SHAPE, FLOAT)
    assert schema.BuiltinOperator.CONV_2D in operations(graph)
    details = fresh(graph)._get_ops_details()
    taken = {int(index) for detail in details if detail["op_name"] == "DELEGATE" for index in detail["outputs"]}
    assert all(int(detail["outputs"][0]) not in taken for detail in details if detail["op_name"] == "CONV_2D")


def convolution() -> bytes:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype(np.float32)
    return convert(lambda image: tf.nn.softmax(tf.nn.conv2d(image, kernel, 1, "VALID")), SHAPE, FLOAT)


def test_without_default_delegates_xnnpack_takes_nothing_and_the_answer_is_the_same() -> None:
    graph = convolution()
    plain = Interpreter(
        model_content=graph, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    plain.allocate_tensors()
    assert "DELEGATE" not in {detail["op_name"] for detail in plain._get_ops_details()}
    assert "DELEGATE" in {detail["op_name"] for detail in fresh(graph)._get_ops_details()}
    np.testing.assert_allclose(run(plain), run(fresh(graph)), atol=1e-6)


def test_threads_do_not_change_the_answer() -> None:
    graph = convolution()
    answers = []
    for threads in (1, 2):
        interpreter = Interpreter(model_content=graph, num_threads=threads)
        interpreter.allocate_tensors()
        answers.append(run(interpreter))
    np.testing.assert_array_equal(*answers)


def test_an_output_is_a_copy_that_the_next_run_leaves_alone() -> None:
    interpreter = fresh(uniform_graph((3, 1)))
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.zeros(SHAPE, np.float32))
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    kept = output.copy()
    interpreter.invoke()
    np.testing.assert_array_equal(output, kept)


@pytest.mark.parametrize("image", [np.zeros(SHAPE, np.float64), np.zeros((1, 8, 9, 2), np.float32)])
def test_an_input_of_another_type_or_shape_is_refused(image: NDArray[np.floating]) -> None:
    interpreter = fresh(convolution())
    with pytest.raises(ValueError, match="Cannot set tensor"):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)


@pytest.mark.parametrize("graph", [b"no graph at all", b"\0\0\0\0TFL3" + b"\0" * 64])
def test_what_is_no_graph_raises_value_error(graph: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Interpreter(model_content=graph)


def test_an_entry_of_the_metadata_is_carried_and_changes_nothing() -> None:
    graph = convolution()
    model = schema.ModelT.InitFromPackedBuf(graph, 0)
    entry = schema.MetadataT()
    entry.name, entry.buffer = "anything", len(model.buffers)
    model.metadata.append(entry)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(b"some text", np.uint8)
    model.buffers.append(buffer)
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    carried = bytes(builder.Output())
    assert b"some text" in carried
    np.testing.assert_array_equal(run(fresh(carried)), run(fresh(graph)))


def test_importing_the_interpreter_imports_no_tensorflow() -> None:
    script = "import sys, ai_edge_litert.interpreter; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
