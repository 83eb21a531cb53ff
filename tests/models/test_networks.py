"""The networks are the specified ones."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from models.networks import BUILDERS, bayesian, negative_log_likelihood, probabilistic

tfd = tfp.distributions
IMAGES = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)


@pytest.mark.parametrize(("name", "parameters"), [("deterministic", 1498), ("probabilistic", 1498), ("bayesian", 2996)])
def test_parameter_counts(name: str, parameters: int) -> None:
    assert BUILDERS[name](60_000).count_params() == parameters


def test_deterministic_gives_distributions() -> None:
    probabilities = BUILDERS["deterministic"](1)(IMAGES).numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_only_the_bayesian_passes_differ() -> None:
    for name, differs in (("deterministic", False), ("probabilistic", False), ("bayesian", True)):
        model = BUILDERS[name](60_000)
        first, second = (tf.convert_to_tensor(_probabilities(model(IMAGES))).numpy() for _ in range(2))
        assert (first != second).any() == differs, name


def test_loss_is_the_surprise_at_the_true_label() -> None:
    output = probabilistic(1)(IMAGES)
    onehot = np.eye(10, dtype=np.float32)[[3, 1, 4]]
    loss = negative_log_likelihood(onehot, output).numpy()
    expected = -np.log(output.probs_parameter().numpy()[np.arange(3), [3, 1, 4]])
    assert loss.shape == (3,)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_divergence_is_divided_by_the_rows_trained_on() -> None:
    convolution = {}
    for rows in (100, 400):
        tf.random.set_seed(0)
        model = bayesian(rows)
        layer = model.get_layer("conv")
        layer.set_weights([np.full(weight.shape, 0.3, np.float32) for weight in layer.weights])
        layer(IMAGES)
        convolution[rows] = sum(float(loss) for loss in layer.losses)
    assert convolution[100] == pytest.approx(4 * convolution[400], rel=1e-5)


def test_convolution_divergence_is_the_closed_form() -> None:
    # KL(N(m, s) || N(0, 1)) = (s^2 + m^2 - 1) / 2 - log s, summed over 208 weights.
    layer = bayesian(10).get_layer("conv")
    layer.set_weights([np.full(weight.shape, 0.3, np.float32) for weight in layer.weights])
    layer(IMAGES)
    scale = np.log1p(np.exp(0.3))
    expected = 208 * ((scale**2 + 0.3**2 - 1) / 2 - np.log(scale)) / 10
    assert sum(float(loss) for loss in layer.losses) == pytest.approx(expected, rel=1e-4)


def test_dense_posterior_starts_broad() -> None:
    # Why the first epoch is slow: TFP starts it at loc 0 and scale softplus(0).
    variable = bayesian(10).get_layer("dense").trainable_weights[0]
    assert variable.shape == (2580,)
    assert not variable.numpy().any()


def _probabilities(output: object) -> object:
    return output.probs_parameter() if isinstance(output, tfd.Distribution) else output
