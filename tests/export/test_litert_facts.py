"""What the exporter relies on in TensorFlow Lite and LiteRT, so that an upgrade which breaks it says so itself."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tensorflow.lite.python.convert_phase import ConverterError

from edge_app.runtime.manifest import Quantisation
from export.bench.ways import count_delegates
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
    with pytest.raises(ConverterError):
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
