"""The LeNet and the deeper one: posteriors everywhere, priors by name, and what is read out of it."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from scipy.stats import norm

from models.deep_lenet import deep_lenet
from models.errors import ModelError
from models.lenet import deterministic_lenet, lenet
from models.network import Normal, Normalise, Point
from models.networks import build
from models.priors import spike_and_slab_of_weights
from models.read_model import read_posterior

WEIGHTS = 144_314


@pytest.mark.parametrize(("build_network", "weights", "with_kernel"), [(lenet, WEIGHTS, 4), (deep_lenet, 147_162, 6)])
def test_every_weight_and_bias_has_a_posterior(
    build_network: Callable[[int], tf_keras.Sequential], weights: int, with_kernel: int
) -> None:
    model = build_network(55_000)
    assert model.count_params() == 2 * weights
    layers = read_posterior(model).layers
    posteriors = [weight for layer in layers if layer.name != "ink" for weight in layer.weights.values()]
    assert sum(weight.loc.size for weight in posteriors if isinstance(weight, Normal)) == weights
    assert [set(layer.weights) for layer in layers if "conv" in layer.name or "dense" in layer.name] == [
        {"kernel", "bias"}
    ] * with_kernel


def test_without_a_posterior_it_has_the_same_layers_and_every_weight_is_a_point() -> None:
    plain, bayesian = deterministic_lenet(1), lenet(1)
    assert [layer.output_shape for layer in plain.layers[:-1]] == [layer.output_shape for layer in bayesian.layers[:-1]]
    assert plain.count_params() == WEIGHTS
    layers = read_posterior(plain).layers
    assert all(isinstance(weight, Point) for layer in layers for weight in layer.weights.values())
    assert [layer.operation for layer in layers] == [layer.operation for layer in read_posterior(bayesian).layers]


def test_first_layer_turns_paper_into_nothing() -> None:
    ink = read_posterior(lenet(1)).layers[0]
    assert ink.operation == Normalise()
    values = {role: weight.value.tolist() for role, weight in ink.weights.items() if isinstance(weight, Point)}
    assert values == {"scale": [-1.0], "shift": [1.0]}


def test_divergence_is_that_of_normals_divided_by_the_rows() -> None:
    model = lenet(1000)
    expected = 0.0
    for layer in read_posterior(model).layers:
        for weight in layer.weights.values():
            if isinstance(weight, Normal):
                variance = weight.scale.astype(np.float64) ** 2
                expected += 0.5 * (variance + weight.loc.astype(np.float64) ** 2 - 1 - np.log(variance)).sum()
    model(np.zeros((1, 28, 28, 1), np.float32))
    assert float(tf.add_n(model.losses)) == pytest.approx(expected / 1000, rel=1e-4)


def test_divergence_from_a_mixture_is_estimated_without_bias() -> None:
    """Against numbers integrated over a fine grid, weight by weight."""
    model = lenet(1, spike_and_slab_of_weights)
    tf.random.set_seed(0)
    model(np.zeros((1, 28, 28, 1), np.float32))
    weight = next(layer for layer in read_posterior(model).layers if layer.name == "dense1").weights["kernel"]
    assert isinstance(weight, Normal)
    locs, scale = weight.loc.ravel()[::100].astype(np.float64), float(weight.scale.flat[0])
    offsets = np.linspace(-6, 6, 2001) * scale
    density = np.exp(-0.5 * (offsets / scale) ** 2) / (scale * np.sqrt(2 * np.pi))
    at = locs[:, None] + offsets
    prior = 0.5 * sum(np.exp(-0.5 * (at / s) ** 2) / (s * np.sqrt(2 * np.pi)) for s in (1.0, 10.0))
    expected = (density * (np.log(density) - np.log(prior))).sum(axis=1).mean() * (offsets[1] - offsets[0])
    found = float(model.get_layer("dense1").losses[0]) / weight.loc.size
    assert found == pytest.approx(expected, rel=0.01)


def test_priors_are_chosen_by_name() -> None:
    normal = build("lenet", 1, "normal").get_layer("conv1").kernel_prior
    mixture = build("lenet", 1, "spike_and_slab_per_weight").get_layer("conv1").kernel_prior
    far = np.full((5, 5, 1, 16), 3.0, np.float32)
    assert float(normal.log_prob(far)) == pytest.approx(norm.logpdf(3.0) * far.size)
    assert float(mixture.log_prob(far)) == pytest.approx(
        np.log((norm.pdf(3.0) + norm.pdf(3.0, scale=10)) / 2) * far.size
    )
    with pytest.raises(ModelError, match="expected normal or spike_and_slab_per_weight for the lenet network"):
        build("lenet", 1, "cauchy")
    with pytest.raises(ModelError, match="expected none"):
        build("deterministic", 1, "normal")
