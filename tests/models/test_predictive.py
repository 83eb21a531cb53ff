"""Stochastic passes of the full model."""

import numpy as np

from models.networks import bayesian, deterministic
from models.predictive import sample_probabilities

IMAGES = np.random.default_rng(1).random((4, 28, 28, 1), np.float32)


def test_passes_are_distributions_that_differ() -> None:
    passes = sample_probabilities(bayesian(100), IMAGES, passes=3, seed=0)
    assert passes.shape == (4, 3, 10)
    np.testing.assert_allclose(passes.sum(axis=-1), 1, rtol=1e-5)
    assert (passes[:, 0] != passes[:, 1]).any()


def test_same_seed_same_passes() -> None:
    model = bayesian(100)
    first = sample_probabilities(model, IMAGES, passes=2, seed=5)
    np.testing.assert_array_equal(first, sample_probabilities(model, IMAGES, passes=2, seed=5))
    assert (first != sample_probabilities(model, IMAGES, passes=2, seed=6)).any()


def test_deterministic_passes_agree() -> None:
    passes = sample_probabilities(deterministic(100), IMAGES, passes=2, seed=0)
    np.testing.assert_array_equal(passes[:, 0], passes[:, 1])
