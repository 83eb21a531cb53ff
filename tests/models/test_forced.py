"""A forced model is the full one at known weights, for a while."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

from models.forced import active_dropout, forced, keras_weights
from models.networks import bayesian
from models.posterior import digest, draw_samples
from models.predictive import run_in_batches, sample_probabilities, traced
from models.read_model import read_posterior

tfpl = tfp.layers


def normal_fn() -> Any:
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.3, seed=1),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-1.0, stddev=0.1, seed=2),
    )


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("kind", [tfpl.DenseReparameterization, tfpl.DenseFlipout, tfpl.DenseLocalReparameterization])
def test_a_dense_layer_at_a_sample_is_a_matrix_product(kind: Any) -> None:
    dense = kind(3, kernel_posterior_fn=normal_fn(), bias_posterior_fn=normal_fn())
    model = tf_keras.Sequential(
        [tf_keras.Input((2, 2, 1)), tf_keras.layers.Flatten(), dense, tf_keras.layers.Softmax()]
    )
    samples = draw_samples(read_posterior(model), 2, seed=3)
    images = np.random.default_rng(0).random((4, 2, 2, 1), np.float32)
    weights = samples.layers[1].weights
    with forced(model, samples) as choose:
        run = traced(model)
        for index in (1, 0):
            choose(index)
            expected = softmax(images.reshape(4, 4) @ weights["kernel"][index] + weights["bias"][index])
            np.testing.assert_allclose(run_in_batches(run, images), expected, atol=1e-6)


def test_the_bayesian_network_repeats_itself_while_forced_and_is_then_what_it_was() -> None:
    model = bayesian(100)
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    weights, posterior = model.get_weights(), digest(read_posterior(model))
    attributes = [dict(vars(layer)) for layer in model.layers]
    before = sample_probabilities(model, images, 2, seed=3)
    with forced(model, draw_samples(read_posterior(model), 2, seed=0)) as choose:
        first = model(images).probs_parameter().numpy()
        np.testing.assert_array_equal(model(images).probs_parameter(), first)
        choose(1)
        assert (model(images).probs_parameter().numpy() != first).any()
    for own, was in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(own, was)
    assert digest(read_posterior(model)) == posterior
    for layer, was in zip(model.layers, attributes, strict=True):
        assert all(vars(layer)[name] is value for name, value in was.items() if name.endswith("_posterior"))
    np.testing.assert_array_equal(sample_probabilities(model, images, 2, seed=3), before)


def test_a_model_gets_its_own_weights_back_even_when_something_fails() -> None:
    model = tf_keras.Sequential([tf_keras.Input((2,)), tf_keras.layers.Dense(1)])
    own = model.get_weights()

    def fail() -> None:
        with keras_weights(model, [np.ones((2, 1)), np.ones(1)]):
            assert model.get_weights()[0].tolist() == [[1], [1]]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    for now, was in zip(model.get_weights(), own, strict=True):
        np.testing.assert_array_equal(now, was)


def test_dropout_is_active_for_a_while_and_masks_can_be_forced() -> None:
    dropout = tf_keras.layers.Dropout(0.5, name="dropout")
    model = tf_keras.Sequential(
        [tf_keras.Input((2, 2, 1)), tf_keras.layers.Flatten(), dropout, tf_keras.layers.Softmax()]
    )
    images = np.ones((1, 2, 2, 1), np.float32)
    with active_dropout(model, ["dropout"]):
        assert len({model(images).numpy().tobytes() for _ in range(20)}) > 1
    assert len({model(images).numpy().tobytes() for _ in range(20)}) == 1
    samples = draw_samples(read_posterior(model, mc_dropout=True), 3, seed=0)
    masks = samples.layers[1].weights["scale"]
    assert set(masks.ravel().tolist()) == {0.0, 2.0}
    with forced(model, samples) as choose:
        choose(2)
        np.testing.assert_allclose(model(images), softmax(masks[2:].astype(np.float64)), atol=1e-6)
    assert "call" not in vars(dropout)
