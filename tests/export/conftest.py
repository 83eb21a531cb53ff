"""Networks with every layer that can be exported, and images to run them on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent))  # its commands are tested, too

layers = tf_keras.layers
tfd = tfp.distributions
tfpl = tfp.layers


def _posterior(*, is_singular: bool = False) -> Any:
    return tfpl.default_mean_field_normal_fn(
        is_singular=is_singular,
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.25, seed=1),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-2.5, stddev=0.2, seed=2),
    )


def _variational() -> dict[str, Any]:
    return {"kernel_posterior_fn": _posterior(), "bias_posterior_fn": _posterior()}


def flipout() -> tf_keras.Sequential:
    """Two convolutions and two dense layers by Flipout, with batch normalisation before and after activations."""
    return tf_keras.Sequential(
        [
            tf_keras.Input((28, 28, 1)),
            tfpl.Convolution2DFlipout(6, 5, activation="relu", padding="VALID", name="conv1", **_variational()),
            layers.BatchNormalization(name="norm1"),
            layers.MaxPooling2D(2, name="pool1"),
            tfpl.Convolution2DFlipout(8, 3, strides=2, padding="SAME", name="conv2", **_variational()),
            layers.BatchNormalization(name="norm2"),
            layers.ReLU(name="relu"),
            layers.AveragePooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
            tfpl.DenseFlipout(12, activation="tanh", name="dense1", **_variational()),
            layers.Dropout(0.5, name="dropout"),
            tfpl.DenseFlipout(10, name="dense2", **_variational()),
            tfpl.OneHotCategorical(10, convert_to_tensor_fn=tfd.Distribution.mode, name="class"),
        ],
        name="flipout",
    )


def mixed() -> tf_keras.Sequential:
    """Known and sampled layers by turns, in a shape that is no square."""
    return tf_keras.Sequential(
        [
            tf_keras.Input((12, 10, 2)),
            layers.Conv2D(4, 3, padding="same", activation="elu", name="conv1"),
            layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu", name="depthwise1"),
            tfpl.Convolution2DReparameterization(
                5, (3, 2), dilation_rate=2, padding="SAME", activation="sigmoid", name="conv2", **_variational()
            ),
            layers.DepthwiseConv2D(2, padding="same", name="depthwise2"),
            layers.Conv2D(6, 2, use_bias=False, activation="relu6", name="conv3"),
            tfpl.DenseReparameterization(7, name="positions", **_variational()),
            layers.GlobalMaxPooling2D(name="global"),
            layers.Dense(9, activation="relu", name="dense1"),
            tfpl.DenseLocalReparameterization(3, name="dense2", **_variational()),
            layers.Softmax(name="softmax"),
        ],
        name="mixed",
    )


def last_layer() -> tf_keras.Sequential:
    """A known trunk with a variational last layer and a bias that is a point."""
    return tf_keras.Sequential(
        [
            tf_keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, strides=2, padding="same", name="conv"),
            layers.Activation("relu", name="relu"),
            layers.GlobalAveragePooling2D(name="global"),
            tfpl.DenseFlipout(
                4,
                activation="softmax",
                kernel_posterior_fn=_posterior(),
                bias_posterior_fn=_posterior(is_singular=True),
                name="dense",
            ),
        ],
        name="last_layer",
    )


def plain() -> tf_keras.Sequential:
    """The smallest network of the usual shape."""
    return tf_keras.Sequential(
        [
            tf_keras.Input((10, 10, 1)),
            tfpl.Convolution2DReparameterization(3, 3, activation="relu", name="conv", **_variational()),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flatten"),
            tfpl.DenseReparameterization(4, activation="softmax", name="dense", **_variational()),
        ],
        name="plain",
    )


def separable() -> tf_keras.Sequential:
    """Depthwise and pointwise convolutions by turns, with batch normalisation and averages: all layers mix noise."""
    return tf_keras.Sequential(
        [
            tf_keras.Input((14, 14, 1)),
            tfpl.Convolution2DReparameterization(6, 3, strides=2, padding="SAME", name="conv1", **_variational()),
            layers.BatchNormalization(name="norm1"),
            layers.ReLU(name="relu1"),
            layers.DepthwiseConv2D(3, padding="same", name="depthwise2"),
            tfpl.Convolution2DReparameterization(8, 1, name="pointwise2", **_variational()),
            layers.BatchNormalization(name="norm2"),
            layers.ReLU(name="relu2"),
            layers.AveragePooling2D(2, name="pool"),
            layers.DepthwiseConv2D(3, padding="same", name="depthwise3"),
            tfpl.Convolution2DReparameterization(10, 1, name="pointwise3", **_variational()),
            layers.BatchNormalization(name="norm3"),
            layers.ReLU(name="relu3"),
            layers.GlobalAveragePooling2D(name="global"),
            tfpl.DenseReparameterization(5, activation="softmax", name="dense", **_variational()),
        ],
        name="separable",
    )


NETWORKS = {"plain": plain, "flipout": flipout, "mixed": mixed, "last_layer": last_layer, "separable": separable}


def _set_batch_normalisation(model: tf_keras.Sequential) -> None:
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])


@pytest.fixture(scope="session")
def make_network() -> Callable[[str], tf_keras.Sequential]:
    """Build a network of `NETWORKS` by name, the same weights each time."""

    def make(name: str) -> tf_keras.Sequential:
        tf_keras.utils.set_random_seed(3)
        model = NETWORKS[name]()
        _set_batch_normalisation(model)
        return model

    return make


@pytest.fixture
def make_images() -> Callable[[tf_keras.Sequential, int], NDArray[np.float32]]:
    """Draw images that fit a network."""

    def make(model: tf_keras.Sequential, count: int) -> NDArray[np.float32]:
        return np.random.default_rng(7).random((count, *model.input_shape[1:]), np.float32)

    return make
