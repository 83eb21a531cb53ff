"""A LeNet for the camera, two convolutions and two dense layers: with a posterior over every weight, and without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow_probability as tfp
import tf_keras

from models.classes import CLASSES, INPUT_SHAPE, class_distribution
from models.priors import MakeWeightPrior, standard_normal

tfd = tfp.distributions
tfpl = tfp.layers

# softplus(-5) = 0.0067: small beside He-normal kernels, so that learning starts from the data and not from noise.
INITIAL_SCALE = -5.0


@dataclass(frozen=True, slots=True)
class Layers:
    """How a network's layers are made.

    Attributes:
        conv: a convolution with ReLU, of so many filters, so many pixels a side, by name.
        dense: a dense layer of so many units, an activation, by name.
    """

    conv: Callable[[int, int, str], Any]
    dense: Callable[[int, str | None, str], Any]


def lenet(rows: int, make_prior: MakeWeightPrior = standard_normal) -> tf_keras.Sequential:
    """Build the LeNet, 144,314 weights.

    Dense layers train by Flipout (Wen et al. 2018, arXiv 1803.04386); the convolutions share one draw a batch, which
    takes half the time. The first layer turns paper into 0, so that bare paper adds no noise whatever the kernels'
    scales. What was tried in their place is told in `train/tried.md`.

    Args:
        rows: number of images trained on; the KL divergence is divided by it.
        make_prior: the prior of each weight and bias.
    """
    return _sequential("lenet", bayesian_layers(rows, make_prior))


def deterministic_lenet(rows: int) -> tf_keras.Sequential:  # noqa: ARG001 - every builder takes the rows trained on
    """Build the same network without a posterior, as a member of deep ensembles: 144,314 parameters, all points."""

    def conv(filters: int, size: int, name: str) -> Any:
        return tf_keras.layers.Conv2D(filters, size, activation="relu", kernel_initializer="he_normal", name=name)

    def dense(units: int, activation: str | None, name: str) -> Any:
        return tf_keras.layers.Dense(units, activation, kernel_initializer="he_normal", name=name)

    return _sequential("deterministic_lenet", Layers(conv, dense))


def bayesian_layers(rows: int, make_prior: MakeWeightPrior) -> Layers:
    """Say how layers with a Normal posterior over every weight and bias are made; arguments as of `lenet`."""

    def conv(filters: int, size: int, name: str) -> Any:
        posteriors = _posteriors(rows, make_prior)
        return tfpl.Convolution2DReparameterization(filters, size, activation="relu", name=name, **posteriors)

    def dense(units: int, activation: str | None, name: str) -> Any:
        return tfpl.DenseFlipout(units, activation=activation, name=name, **_posteriors(rows, make_prior))

    return Layers(conv, dense)


def _sequential(name: str, layers: Layers) -> tf_keras.Sequential:
    return tf_keras.Sequential(
        [
            tf_keras.Input(INPUT_SHAPE, name="image"),
            tf_keras.layers.Rescaling(-1.0, 1.0, name="ink"),
            layers.conv(16, 5, "conv1"),
            tf_keras.layers.MaxPooling2D(2, name="pool1"),
            layers.conv(48, 5, "conv2"),
            tf_keras.layers.MaxPooling2D(2, name="pool2"),
            tf_keras.layers.Flatten(name="flatten"),
            layers.dense(160, "relu", "dense1"),
            layers.dense(CLASSES, None, "dense2"),
            class_distribution(),
        ],
        name=name,
    )


def _posteriors(rows: int, make_prior: MakeWeightPrior) -> dict[str, Any]:
    """Give one layer's posteriors, priors and divergences as TFP's layers take them."""

    def divergence(posterior: Any, prior: Any, _: Any) -> Any:
        return _divergence(posterior, prior) / rows

    return {
        "kernel_posterior_fn": _normal(tf_keras.initializers.HeNormal()),
        "kernel_prior_fn": make_prior,
        "kernel_divergence_fn": divergence,
        "bias_posterior_fn": _normal(tf_keras.initializers.Zeros()),
        "bias_prior_fn": make_prior,
        "bias_divergence_fn": divergence,
    }


def _divergence(posterior: Any, prior: Any) -> Any:
    try:
        return tfd.kl_divergence(posterior, prior)
    except NotImplementedError:  # a mixture's has no closed form: one draw, as Blundell et al. 2015 do
        draw = posterior.sample()
        return posterior.log_prob(draw) - prior.log_prob(draw)


def _normal(loc: Any) -> Any:
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=loc, untransformed_scale_initializer=tf_keras.initializers.Constant(INITIAL_SCALE)
    )
