"""A model says what it gives, or is told so; a false word is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from models.errors import ModelError
from models.standard import parts_of, standardise

layers = tf_keras.layers
tfd = tfp.distributions
tfpl = tfp.layers

FEATURES = 3
INPUTS = np.random.default_rng(0).normal(size=(9, FEATURES)).astype(np.float32)


def dense(width: int, activation: Any = None) -> tf_keras.Sequential:
    kernel = tf_keras.initializers.RandomNormal(seed=1)
    return tf_keras.Sequential(
        [tf_keras.Input((FEATURES,)), layers.Dense(width, activation, kernel_initializer=kernel)]
    )


def ending(last: Callable[[tf.Tensor], Any], width: int = 2) -> tf_keras.Sequential:
    return tf_keras.Sequential([tf_keras.Input((FEATURES,)), layers.Dense(width), tfpl.DistributionLambda(last)])


@pytest.mark.parametrize(
    ("model", "output", "found"),
    [
        (dense(2), None, r"expected a softmax over \[N, classes\] or a distribution, or to be told what it gives"),
        (dense(1, "sigmoid"), None, "to be told what it gives: output=, one of probabilities, logits"),
        (dense(2), "probabilities", "declared as 'probabilities', but gives rows that do not sum to 1"),
        (dense(2, "softmax"), "logits", "declared as 'logits', but gives rows that sum to 1"),
        (dense(1, "sigmoid"), "logits", "declared as 'logits', but gives no value outside 0 to 1"),
        (dense(3, "softmax"), "multi_label", "declared as 'multi_label', but gives rows that sum to 1"),
        (dense(3), "multi_label", "declared as 'multi_label', but gives values outside 0 to 1"),
        (dense(3, "sigmoid"), "multi_label_logits", "but gives no value outside 0 to 1"),
        (dense(1), "probabilities", "declared as 'probabilities', but gives values outside 0 to 1"),
        (dense(2), "mean_scale", "declared as 'mean_scale', but gives a scale of -"),
        (dense(3), "mean_scale", "gives 3 values, expected as many scales as means"),
        (dense(2), "median", "output: found 'median', expected one of probabilities, logits"),
        (ending(lambda t: tfd.Normal(t[:, :1], 1.0)), "mean", "says 'mean_scale' itself, where 'mean' was declared"),
        (ending(lambda t: tfd.Laplace(t, 1.0)), None, "gives Laplace, expected one tensor"),
        (dense(2, lambda t: t * np.nan), "mean", "declared as 'mean', but gives no finite value"),
        (dense(2, lambda t: t * np.nan), None, "found no class probabilities at its end"),
    ],
)
def test_a_word_that_the_model_gainsays_is_refused(model: Any, output: Any, found: str) -> None:
    with pytest.raises(ModelError, match=found):
        standardise(model, output)


@pytest.mark.parametrize(
    ("model", "output", "gives", "width"),
    [
        (dense(2, "softmax"), None, "probabilities", 2),
        (dense(4), "logits", "probabilities", 4),
        (dense(1, "sigmoid"), "probabilities", "probabilities", 2),
        (dense(1), "logits", "probabilities", 2),
        (dense(3, "sigmoid"), "multi_label", "multi_label", 3),
        (dense(3), "multi_label_logits", "multi_label", 3),
        (ending(lambda t: tfd.Bernoulli(logits=t)), None, "multi_label", 2),
        (dense(2), "mean", "mean", 2),
        (ending(lambda t: tfd.Normal(t[:, 0], tf.exp(t[:, 1]))), None, "mean_scale", 2),
        (ending(lambda t: tfd.MultivariateNormalDiag(t, [1.0, 2.0])), None, "mean_scale", 4),
        (ending(lambda t: tfd.Categorical(logits=t)), None, "probabilities", 2),
        (ending(lambda t: tfd.Bernoulli(logits=t), 1), None, "probabilities", 2),
    ],
)
def test_a_model_is_put_into_the_form_of_what_it_gives(model: Any, output: Any, gives: str, width: int) -> None:
    standard, found = standardise(model, output)
    assert found == gives
    values = standard(INPUTS)
    values = values if isinstance(values, tf.Tensor) else values.probs_parameter()
    assert values.shape == (len(INPUTS), width)
    if gives == "probabilities":
        np.testing.assert_allclose(np.sum(values, axis=1), 1, atol=1e-6)
    for ours, theirs in zip(standard.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_mean_and_a_scale_may_be_two_tensors() -> None:
    x = tf_keras.Input((FEATURES,))
    model = tf_keras.Model(x, [layers.Dense(1)(x), layers.Dense(1, "softplus")(x)])
    standard, output = standardise(model, "mean_scale")
    assert output == "mean_scale"
    np.testing.assert_allclose(standard(INPUTS), np.concatenate(model(INPUTS), axis=1))


def test_a_single_named_input_is_one_tensor() -> None:
    x = tf_keras.Input((FEATURES,), name="x")
    model = tf_keras.Model({"x": x}, layers.Dense(2, "softmax")(x))
    standard, _ = standardise(model)
    assert isinstance(standard.save_spec()[0][0], tf.TensorSpec)
    np.testing.assert_allclose(standard(INPUTS), model({"x": INPUTS}))


def test_logits_of_our_own_layers_stay_a_sequential_of_them() -> None:
    model = dense(4)
    standard, _ = standardise(model, "logits")
    assert type(standard) is tf_keras.Sequential
    assert [type(layer) for layer in standard.layers] == [layers.Dense, layers.Softmax]
    np.testing.assert_allclose(standard(INPUTS), tf.nn.softmax(model(INPUTS)))


def test_models_of_keras_3_and_layers_of_edward2_are_refused_by_name() -> None:
    keras = pytest.importorskip("keras", minversion="3", reason="needs Keras 3 beside tf_keras")
    three = keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(2, "softmax")], name="three")
    with pytest.raises(ModelError, match="model 'three': found a model of Keras 3, expected one of Keras 2"):
        standardise(three)
    two = tf_keras.Sequential([tf_keras.Input((FEATURES,)), layers.Dense(2, "softmax")])
    two.set_weights(three.get_weights())  # as the message says
    np.testing.assert_allclose(standardise(two)[0](INPUTS), np.asarray(three(INPUTS)), atol=1e-6)
    layer = type("DenseFlipout", (layers.Dense,), {"__module__": "edward2.tensorflow.layers.dense"})
    model = tf_keras.Sequential([tf_keras.Input((FEATURES,)), layer(2, "softmax", name="last")])
    with pytest.raises(ModelError, match="layer 'last': found edward2's DenseFlipout, whose posterior is not read"):
        standardise(model)


def test_several_inputs_lie_side_by_side() -> None:
    scan, age = tf_keras.Input((4, 2)), tf_keras.Input((1,), dtype="int32")
    years = layers.Embedding(9, 2)(age)
    x = layers.Concatenate()([layers.Flatten()(scan), layers.Flatten()(years)])
    model = tf_keras.Model({"scan": scan, "age": age}, layers.Dense(1)(x))
    standard, output = standardise(model, "mean")
    assert output == "mean"
    assert parts_of(standard) == (("age", (1,)), ("scan", (4, 2)))
    rng = np.random.default_rng(1)
    ages, scans = rng.integers(0, 9, (6, 1)), rng.normal(size=(6, 4, 2)).astype(np.float32)
    packed = np.concatenate([ages, scans.reshape(6, -1)], axis=1, dtype=np.float32)
    np.testing.assert_allclose(standard(packed), model({"scan": scans, "age": ages}), rtol=1e-6)
    assert parts_of(standardise(dense(2), "mean")[0]) == ()
    assert parts_of(dense(2)) == ()
