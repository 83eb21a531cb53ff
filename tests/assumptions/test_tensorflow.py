"""What is relied on in TensorFlow Probability and tf_keras: what layers hold, and random streams that repeat."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

tfd = tfp.distributions
tfpl = tfp.layers


def mean_field() -> Any:
    """Its initialisers have seeds, without which tf_keras warns when kernel and bias share them."""
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.1, seed=1),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-3.0, stddev=0.1, seed=2),
    )


def test_a_mean_field_posterior_is_independent_normals_behind_a_softplus() -> None:
    layer = tfpl.DenseFlipout(3, kernel_posterior_fn=mean_field())
    layer.build((None, 5))
    assert isinstance(layer.kernel_posterior, tfd.Independent)
    normal = layer.kernel_posterior.distribution
    assert isinstance(normal, tfd.Normal)
    loc, untransformed, *_ = layer.get_weights()
    np.testing.assert_array_equal(normal.loc, loc)
    np.testing.assert_allclose(normal.scale, np.finfo(np.float32).eps + np.log1p(np.exp(untransformed)), rtol=1e-5)


@pytest.mark.filterwarnings("ignore:The initializer RandomNormal is unseeded")  # the default, shared by all layers
def test_biases_are_points_unless_told_otherwise() -> None:
    layer = tfpl.DenseReparameterization(2, kernel_posterior_fn=mean_field())
    layer.build((None, 4))
    base = layer.bias_posterior
    while isinstance(base, tfd.Independent):
        base = base.distribution
    assert isinstance(base, tfd.Deterministic | tfd.VectorDeterministic)


def test_a_variational_dense_layer_has_one_posterior_of_kernel_and_bias() -> None:
    """`_posterior` is private; TFP offers no public way to what the layer learned."""
    count = 3 * 2 + 2

    def posterior(kernel: int, bias: int, dtype: tf.DType) -> tf_keras.Sequential:
        return tf_keras.Sequential(
            [tfpl.VariableLayer(2 * (kernel + bias), dtype=dtype), tfpl.IndependentNormal(count)]
        )

    def prior(kernel: int, bias: int, _dtype: tf.DType) -> Any:
        return lambda _: tfd.Independent(tfd.Normal(tf.zeros(kernel + bias), 1.0), 1)

    layer = tfpl.DenseVariational(2, posterior, prior)
    layer(tf.zeros([1, 3]))
    coerced = layer._posterior(tf.zeros([1, 3]))
    distribution = getattr(coerced, "tensor_distribution", coerced)
    assert tuple(distribution.event_shape) == (count,)


def test_a_seed_of_two_numbers_repeats_whatever_was_drawn_before() -> None:
    normal = tfd.MultivariateNormalDiag([0.0, 1.0])
    seed = tf.constant([5, 6])
    first = normal.sample(3, seed=seed).numpy()
    tf.random.normal([100])
    np.testing.assert_array_equal(normal.sample(3, seed=seed), first)
    assert (normal.sample(3, seed=tf.constant([5, 7])).numpy() != first).any()


def test_the_global_seed_repeats_the_passes_of_a_traced_model() -> None:
    model = tf_keras.Sequential(
        [tf_keras.Input((4,)), tfpl.DenseFlipout(2, kernel_posterior_fn=mean_field(), bias_posterior_fn=None)]
    )

    def passes() -> list[np.ndarray]:
        tf.random.set_seed(9)
        run = tf.function(lambda x: model(x, training=False))
        return [run(tf.ones([2, 4])).numpy() for _ in range(2)]

    (first, second), (again, _) = passes(), passes()
    assert (first != second).any()
    np.testing.assert_array_equal(first, again)


def test_one_hot_mode_hides_the_probabilities_that_the_distribution_has() -> None:
    layer = tfpl.OneHotCategorical(3, convert_to_tensor_fn=tfd.Distribution.mode)
    output = layer(tf.constant([[0.0, 1.0, 0.5]]))
    np.testing.assert_array_equal(tf.convert_to_tensor(output), [[0, 1, 0]])
    expected = np.exp([0.0, 1.0, 0.5]) / np.exp([0.0, 1.0, 0.5]).sum()
    np.testing.assert_allclose(output.probs_parameter(), [expected], rtol=1e-6)


def test_batch_normalisation_at_inference_is_its_formula() -> None:
    layer = tf_keras.layers.BatchNormalization(epsilon=0.01)
    layer.build((None, 2))
    gamma, beta, mean, variance = (np.array(values, np.float32) for values in ([2, 3], [1, -1], [0.5, 0], [4, 0.25]))
    layer.set_weights([gamma, beta, mean, variance])
    x = np.array([[1.0, 2.0]], np.float32)
    np.testing.assert_allclose(
        layer(x, training=False), gamma * (x - mean) / np.sqrt(variance + 0.01) + beta, rtol=1e-5
    )


def test_keras_three_layers_are_no_tf_keras_layers() -> None:
    """TFP's layers need Keras 2: everything is written with tf_keras."""
    assert issubclass(tfpl.DenseFlipout, tf_keras.layers.Layer)
    assert not issubclass(tfpl.DenseFlipout, tf.keras.layers.Layer)


def test_dropout_rests_at_inference() -> None:
    x = np.ones((1, 50), np.float32)
    np.testing.assert_array_equal(tf_keras.layers.Dropout(0.5)(x, training=False), x)
