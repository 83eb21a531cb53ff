"""What is read out of a model, what is drawn from it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from scipy import stats

from models.errors import ModelError
from models.network import (
    Activate,
    Activation,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Drawn,
    Flatten,
    GlobalPool2D,
    Layer,
    Network,
    Normal,
    Normalise,
    Point,
    Pool2D,
    Posterior,
)
from models.posterior import digest, digest_mixture, draw_mixture, draw_samples
from models.read_model import read_posterior

layers = tf_keras.layers
tfd = tfp.distributions
tfpl = tfp.layers


def normal_fn(**options: Any) -> Any:
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.3, seed=1),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-2.0, stddev=0.1, seed=2),
        **options,
    )


def variational() -> dict[str, Any]:
    return {"kernel_posterior_fn": normal_fn(), "bias_posterior_fn": normal_fn()}


def network(*body: Any, shape: tuple[int, ...] = (6, 6, 2)) -> tf_keras.Sequential:
    return tf_keras.Sequential([tf_keras.Input(shape), *body], name="network")


def classifier(*body: Any) -> tf_keras.Sequential:
    return network(*body, layers.Flatten(), layers.Dense(3, activation="softmax"))


def full_covariance(kernel_size: int, bias_size: int, dtype: Any = None) -> tf_keras.Sequential:
    size = kernel_size + bias_size
    return tf_keras.Sequential(
        [
            tfpl.VariableLayer(tfpl.MultivariateNormalTriL.params_size(size), dtype=dtype, initializer="random_normal"),
            tfpl.MultivariateNormalTriL(size),
        ]
    )


def unit_normal(kernel_size: int, bias_size: int, dtype: Any = tf.float32) -> Any:
    return lambda _: tfd.Independent(tfd.Normal(tf.zeros(kernel_size + bias_size, dtype), 1.0), 1)


def relu(x: tf.Tensor) -> tf.Tensor:
    """No rectifier, for all its name."""
    return tf.nn.relu(x) + 1


class OwnCall(tf_keras.Sequential):
    def call(self, *arguments: Any, **options: Any) -> Any:
        return 1 - super().call(*arguments, **options)


def depends_on_input(kernel_size: int, bias_size: int, dtype: Any = tf.float32) -> Any:
    size = kernel_size + bias_size
    return tfpl.DistributionLambda(
        lambda x: tfd.Independent(tfd.Normal(tf.fill([size], tf.reduce_mean(x)), tf.ones(size, dtype)), 1)
    )


OPERATIONS: list[tuple[Callable[[], Any], Any]] = [
    (
        lambda: layers.Conv2D(4, (3, 2), strides=2, padding="same", activation="relu"),
        Conv2D((2, 2), "SAME", (1, 1), Activation.RELU),
    ),
    (
        lambda: tfpl.Convolution2DFlipout(4, 3, dilation_rate=2, activation="tanh", **variational()),
        Conv2D((1, 1), "VALID", (2, 2), Activation.TANH),
    ),
    (
        lambda: tfpl.Convolution2DReparameterization(4, 3, **variational()),
        Conv2D((1, 1), "VALID", (1, 1), Activation.LINEAR),
    ),
    (
        lambda: layers.DepthwiseConv2D(3, depth_multiplier=2),
        DepthwiseConv2D((1, 1), "VALID", (1, 1), Activation.LINEAR),
    ),
    (lambda: layers.Dense(4, activation="sigmoid"), Dense(Activation.SIGMOID)),
    (lambda: tfpl.DenseReparameterization(4, **variational()), Dense(Activation.LINEAR)),
    (lambda: tfpl.DenseReparameterization(4, **variational()), Dense(Activation.LINEAR)),
    (lambda: layers.MaxPooling2D(2), Pool2D("max", (2, 2), (2, 2), "VALID")),
    (lambda: layers.AveragePooling2D((3, 2), strides=1, padding="same"), Pool2D("average", (3, 2), (1, 1), "SAME")),
    (layers.BatchNormalization, Normalise()),
    (lambda: layers.ReLU(6.0), Activate(Activation.RELU6)),
    (lambda: layers.Activation("relu6"), Activate(Activation.RELU6)),
    (lambda: layers.Dropout(0.5), Activate(Activation.LINEAR)),
    (layers.GlobalAveragePooling2D, GlobalPool2D("average")),
    (layers.GlobalMaxPooling2D, GlobalPool2D("max")),
    (layers.Flatten, Flatten()),
]


@pytest.mark.parametrize(("make", "operation"), OPERATIONS)
def test_a_layers_hyperparameters_are_read(make: Callable[[], Any], operation: Any) -> None:
    assert read_posterior(classifier(make())).layers[0].operation == operation


def test_a_variational_layers_weights_are_normals_and_points() -> None:
    layer = tfpl.DenseFlipout(3, kernel_posterior_fn=normal_fn(), bias_posterior_fn=normal_fn(is_singular=True))
    weights = read_posterior(network(layers.Flatten(), layer, layers.Softmax())).layers[1].weights
    kernel, bias = weights["kernel"], weights["bias"]
    assert isinstance(kernel, Normal)
    np.testing.assert_array_equal(kernel.loc, layer.kernel_posterior.distribution.loc)
    np.testing.assert_array_equal(kernel.scale, layer.kernel_posterior.distribution.scale)
    assert isinstance(bias, Point)
    np.testing.assert_array_equal(bias.value, layer.bias_posterior.distribution.loc)


def test_batch_normalisation_is_its_scale_and_shift_at_inference() -> None:
    model = classifier(layers.BatchNormalization())
    rng = np.random.default_rng(0)
    model.layers[0].set_weights([rng.uniform(0.5, 2.0, 2) for _ in range(4)])
    weights = read_posterior(model).layers[0].weights
    image = rng.random((1, 6, 6, 2), np.float32)
    found = image * weights["scale"].value + weights["shift"].value
    np.testing.assert_allclose(found, model.layers[0](image, training=False), rtol=1e-6)


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: classifier(tfpl.DenseLocalReparameterization(4, **variational())),
        "DenseLocalReparameterization on maps, which draws anew at every position",
    ),
    (lambda: classifier(tfpl.DenseFlipout(4, **variational())), "DenseFlipout on maps, .*use DenseReparameterization"),
    (lambda: classifier(layers.Conv2DTranspose(2, 3)), "layer 'conv2d_transpose.*found type Conv2DTranspose"),
    (lambda: classifier(layers.Conv2D(4, 3, groups=2)), "found groups 2"),
    (lambda: classifier(layers.Conv2D(4, 3, activation="swish")), "found activation 'swish'"),
    (lambda: classifier(layers.Conv2D(4, 3, activation=relu)), "found activation 'relu' of .*expected Keras"),
    (
        lambda: OwnCall([tf_keras.Input((4, 4, 1)), layers.Flatten(), layers.Softmax()]),
        "a `call` of its own in OwnCall",
    ),
    (
        lambda: classifier(tfpl.DenseVariational(2, depends_on_input, unit_normal)),
        "posterior that depends on the layer's",
    ),
    (lambda: classifier(layers.ReLU(negative_slope=0.1)), "found negative_slope 0.1"),
    (lambda: classifier(layers.BatchNormalization(axis=1)), r"found axis \[1\]"),
    (lambda: network(layers.Flatten(), layers.Dense(3)), "model 'network': found no class probabilities at its end"),
    (lambda: network(layers.Conv2D(3, 3, activation="softmax")), "found no class probabilities at its end"),
    (lambda: network(layers.Dense(3, activation="softmax"), shape=(5,)), r"found input shape \[5\]"),
    (lambda: tf_keras.Sequential([layers.Dense(3)]), "has no weights yet"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_cannot_be_served_is_refused_by_name(make: Callable[[], tf_keras.Sequential], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_posterior(make())


def test_a_functional_model_is_refused() -> None:
    image = tf_keras.Input((4, 4, 1))
    with pytest.raises(ModelError, match="found type Functional, expected"):
        read_posterior(tf_keras.Model(image, layers.Flatten()(image)))


def test_a_layer_of_ones_own_is_not_taken_for_its_base() -> None:
    class Doubled(layers.Dense):
        def call(self, inputs: Any) -> Any:
            return 2 * super().call(inputs)

    with pytest.raises(ModelError, match="found type Doubled"):
        read_posterior(classifier(Doubled(3)))


def one_normal(loc: float = 1.0, scale: float = 2.0) -> Posterior:
    weight = Normal(np.full((5, 4), loc, np.float32), np.full((5, 4), scale, np.float32))
    return Network("one", (5, 1, 1), (Layer("dense", Dense(Activation.SOFTMAX), {"kernel": weight}),))


def test_draws_follow_the_posterior() -> None:
    draws = draw_samples(one_normal(), 2000, seed=0).layers[0].weights["kernel"]
    assert draws.shape == (2000, 5, 4)
    assert stats.kstest(draws.ravel(), stats.norm(1.0, 2.0).cdf).pvalue > 0.001
    assert np.abs(np.corrcoef(draws.reshape(2000, -1).T) - np.eye(20)).max() < 0.12


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    draw = {seed: draw_samples(one_normal(), 3, seed).layers[0].weights["kernel"] for seed in (0, 1)}
    np.testing.assert_array_equal(draw[0], draw_samples(one_normal(), 3, 0).layers[0].weights["kernel"])
    assert (draw[0] != draw[1]).all()


def test_more_samples_begin_with_the_fewer() -> None:
    few, many = (draw_samples(one_normal(), count, 0).layers[0].weights["kernel"] for count in (3, 7))
    np.testing.assert_array_equal(many[:3], few)


@pytest.mark.parametrize(("count", "seed", "message"), [(0, 0, "samples: found 0"), (1, -1, "seed: found -1")])
def test_no_samples_and_a_negative_seed_are_refused(count: int, seed: int, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        draw_samples(one_normal(), count, seed)


def test_a_joint_posterior_is_drawn_with_its_covariance() -> None:
    layer = tfpl.DenseVariational(2, full_covariance, unit_normal)
    model = network(layers.Flatten(), layer, layers.Softmax(), shape=(2, 1, 1))
    rng = np.random.default_rng(4)
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    posterior = read_posterior(model)
    assert isinstance(posterior.layers[1].weights["kernel"], Drawn)
    drawn = draw_samples(posterior, 20_000, seed=0).layers[1].weights
    assert drawn["kernel"].shape == (20_000, 2, 2)
    joint = np.concatenate([drawn["kernel"].reshape(20_000, 4), drawn["bias"]], axis=1)
    covariance = layer._posterior(tf.zeros([1, 2])).tensor_distribution.covariance().numpy()
    assert np.abs(np.cov(joint.T) - covariance).max() < 0.05 * covariance.max()


def test_the_digest_tells_posteriors_apart() -> None:
    base = one_normal()
    others = [one_normal(loc=1.1), one_normal(scale=2.1), replace(base, architecture="other")]
    assert digest(base) == digest(one_normal())
    assert len({digest(posterior) for posterior in [base, *others]}) == 4
    assert len(digest(base)) == 64


def bare_normal(dtype: Any, shape: Any, name: str, trainable: bool, add: Any) -> Any:  # noqa: FBT001 - as TFP calls it
    loc = add(name, shape=shape, initializer=tf_keras.initializers.RandomNormal(), dtype=dtype, trainable=trainable)
    return tfd.Normal(loc, 0.1)


def test_a_bare_normal_is_a_normal_of_every_weight() -> None:
    layer = tfpl.DenseReparameterization(
        3, kernel_posterior_fn=bare_normal, bias_posterior_fn=None, kernel_divergence_fn=None
    )
    kernel = read_posterior(network(layers.Flatten(), layer, layers.Softmax())).layers[1].weights["kernel"]
    assert isinstance(kernel, Normal)
    np.testing.assert_array_equal(kernel.loc, layer.kernel_posterior.loc)
    np.testing.assert_array_equal(kernel.scale, np.full((72, 3), 0.1, np.float32))


def diagonal(kernel_size: int, bias_size: int, dtype: Any = tf.float32) -> Any:
    size = kernel_size + bias_size
    return tfpl.DistributionLambda(
        lambda _: tfd.MultivariateNormalDiag(tf.range(size, dtype=dtype), tf.fill([size], 0.5))
    )


def test_a_diagonal_multivariate_normal_is_mean_field() -> None:
    model = network(
        layers.Flatten(), tfpl.DenseVariational(2, diagonal, unit_normal), layers.Softmax(), shape=(2, 1, 1)
    )
    bias = read_posterior(model).layers[1].weights["bias"]
    assert isinstance(bias, Normal)
    assert (bias.loc.tolist(), bias.scale.tolist()) == ([4, 5], [0.5, 0.5])


def points(value: float, name: str = "dense") -> Posterior:
    weight = Point(np.full((2, 2), value, np.float32))
    return Network("one", (2, 1, 1), (Layer(name, Dense(Activation.SOFTMAX), {"kernel": weight}),))


def test_a_mixture_gives_its_members_by_turns() -> None:
    drawn = draw_mixture([points(1.0), points(2.0, "other"), points(3.0)], 6, seed=0).layers[0].weights["kernel"]
    assert drawn[:, 0, 0].tolist() == [1, 2, 3, 1, 2, 3]
    one, two = draw_mixture([one_normal(), one_normal()], 4, seed=0).layers[0].weights["kernel"][:2]
    assert (one != two).all()
    assert digest_mixture([points(1.0)]) == digest(points(1.0))
    assert len({digest_mixture([points(a), points(b)]) for a in (1.0, 2.0) for b in (1.0, 2.0)}) == 4


def test_a_mixture_is_of_one_architecture_and_its_shares_are_equal() -> None:
    with pytest.raises(ModelError, match="samples: found 3, expected a multiple of 2"):
        draw_mixture([points(1.0), points(2.0)], 3, seed=0)
    with pytest.raises(ModelError, match="model 1: found layer 'dense'"):
        draw_mixture([points(1.0), one_normal()], 2, seed=0)
    with pytest.raises(ModelError, match="model 1: found 0 layers, expected 1"):
        draw_mixture([points(1.0), replace(points(1.0), layers=())], 2, seed=0)
