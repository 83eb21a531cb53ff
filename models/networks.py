"""Every network by name, and the three over one trunk: deterministic, probabilistic and Bayesian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from models.classes import CLASSES, INPUT_SHAPE, class_distribution
from models.deep_lenet import deep_lenet
from models.errors import ModelError
from models.lenet import deterministic_lenet, lenet
from models.priors import (
    MakePrior,
    spike_and_slab,
    spike_and_slab_of_weights,
    spike_and_slab_per_weight,
    standard_normal,
)
from models.vgg import vgg

tfd = tfp.distributions
tfpl = tfp.layers


def deterministic(rows: int) -> tf_keras.Sequential:  # noqa: ARG001 - every builder takes the rows trained on
    """Build the point-estimate CNN, 1,498 weights: float32 [N, 28, 28, 1] -> probabilities [N, 10]."""
    return tf_keras.Sequential(
        [*_trunk(), tf_keras.layers.Dense(CLASSES, activation="softmax", name="dense")], name="deterministic"
    )


def probabilistic(rows: int) -> tf_keras.Sequential:  # noqa: ARG001 - every builder takes the rows trained on
    """Build the CNN that puts out a distribution over one-hot labels: aleatoric uncertainty, 1,498 weights."""
    logits = tf_keras.layers.Dense(tfpl.OneHotCategorical.params_size(CLASSES), name="dense")
    return tf_keras.Sequential([*_trunk(), logits, class_distribution()], name="probabilistic")


def bayesian(rows: int, make_prior: MakePrior = spike_and_slab) -> tf_keras.Sequential:
    """Build the CNN with a posterior over every weight: aleatoric and epistemic uncertainty, 2,996 parameters.

    Args:
        rows: number of images trained on; the KL divergence is divided by it, so that the loss is the negative
            evidence lower bound per image.
        make_prior: the prior of the dense layer's weights.
    """

    def divergence(posterior: Any, prior: Any, _: Any) -> Any:
        return tfd.kl_divergence(posterior, prior) / rows

    return tf_keras.Sequential(
        [
            tf_keras.Input(INPUT_SHAPE, name="image"),
            tfpl.Convolution2DReparameterization(
                8,
                5,
                activation="relu",
                padding="VALID",
                kernel_prior_fn=tfpl.default_multivariate_normal_fn,
                kernel_posterior_fn=_mean_field_normal(),
                kernel_divergence_fn=divergence,
                bias_prior_fn=tfpl.default_multivariate_normal_fn,
                bias_posterior_fn=_mean_field_normal(),
                bias_divergence_fn=divergence,
                name="conv",
            ),
            tf_keras.layers.MaxPooling2D(6, name="pool"),
            tf_keras.layers.Flatten(name="flatten"),
            tfpl.DenseVariational(CLASSES, independent_normal, make_prior, kl_weight=1 / rows, name="dense"),
            class_distribution(),
        ],
        name="bayesian",
    )


def independent_normal(kernel_size: int, bias_size: int, dtype: Any = None) -> tf_keras.Sequential:
    """Make the trainable posterior of a dense layer: one Normal a weight, event shape [kernel_size + bias_size]."""
    size = kernel_size + bias_size
    return tf_keras.Sequential(
        [
            tfpl.VariableLayer(tfpl.IndependentNormal.params_size(size), dtype=dtype),
            tfpl.IndependentNormal(size),
        ]
    )


BUILDERS: dict[str, Callable[..., tf_keras.Sequential]] = {
    "deterministic": deterministic,
    "probabilistic": probabilistic,
    "bayesian": bayesian,
    "deterministic_lenet": deterministic_lenet,
    "lenet": lenet,
    "deep_lenet": deep_lenet,
    "vgg": vgg,
}
"""Every network by name; each is built for the number of images it is trained on."""

PRIORS: dict[str, dict[str, Any]] = {
    "deterministic": {},
    "probabilistic": {},
    "bayesian": {"spike_and_slab": spike_and_slab, "spike_and_slab_per_weight": spike_and_slab_per_weight},
    "deterministic_lenet": {},
    "vgg": {},
    "lenet": {"normal": standard_normal, "spike_and_slab_per_weight": spike_and_slab_of_weights},
    "deep_lenet": {"normal": standard_normal, "spike_and_slab_per_weight": spike_and_slab_of_weights},
}
"""The priors that a network can be built with, by name; the first is its own."""


def build(name: str, rows: int, prior: str) -> tf_keras.Sequential:
    """Build a network by name.

    Args:
        name: one of `BUILDERS`.
        rows: number of images trained on.
        prior: one of the network's `PRIORS`, or `none` for a network that has none.

    Raises:
        ModelError: the network has no such prior.
    """
    known = PRIORS[name]
    if prior not in (known or ["none"]):
        raise ModelError(f"prior: found {prior!r}, expected {' or '.join(known or ['none'])} for the {name} network")
    return BUILDERS[name](rows, *([known[prior]] if known else []))


def negative_log_likelihood(y_true: tf.Tensor, y_pred: Any) -> tf.Tensor:
    """Score one-hot labels [B, 10] under the network's distribution; shape [B], in nats."""
    return -y_pred.log_prob(y_true)


def _trunk() -> list[Any]:
    return [
        tf_keras.Input(INPUT_SHAPE, name="image"),
        tf_keras.layers.Conv2D(8, 5, activation="relu", padding="valid", name="conv"),
        tf_keras.layers.MaxPooling2D(6, name="pool"),
        tf_keras.layers.Flatten(name="flatten"),
    ]


def _mean_field_normal() -> Any:
    # TFP's defaults, in fresh initialisers: one shared by kernel and bias would give both the same numbers.
    return tfpl.default_mean_field_normal_fn(
        is_singular=False,
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.1),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-3.0, stddev=0.1),
    )
