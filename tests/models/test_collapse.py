"""A collapsed model is the full one at known weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

from models.collapse import Collapsed
from models.networks import bayesian
from models.posterior import draw_samples
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
    collapsed = Collapsed(model, samples)
    images = np.random.default_rng(0).random((4, 2, 2, 1), np.float32)
    weights = samples.layers[1].weights
    for index in (1, 0):
        expected = softmax(images.reshape(4, 4) @ weights["kernel"][index] + weights["bias"][index])
        np.testing.assert_allclose(collapsed.probabilities(images, index), expected, atol=1e-6)


def test_the_bayesian_network_repeats_itself_once_collapsed() -> None:
    model = bayesian(100)
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    collapsed = Collapsed(model, draw_samples(read_posterior(model), 2, seed=0))
    first = collapsed.probabilities(images, 0)
    np.testing.assert_array_equal(collapsed.probabilities(images, 0), first)
    assert (collapsed.probabilities(images, 1) != first).any()
