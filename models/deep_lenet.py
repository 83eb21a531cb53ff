"""A deeper Bayesian LeNet: three small convolutions in place of the second large one."""

from __future__ import annotations

import tf_keras

from models.classes import CLASSES, INPUT_SHAPE, class_distribution
from models.lenet import bayesian_layers
from models.priors import MakeWeightPrior, standard_normal


def deep_lenet(rows: int, make_prior: MakeWeightPrior = standard_normal) -> tf_keras.Sequential:
    """Build the network, 147,162 weights, each with a posterior; layers and arguments are as of `models.lenet.lenet`.

    Small convolutions one after the other see as far as a large one, with more steps between (Simonyan and Zisserman
    2015, arXiv 1409.1556).

    Args:
        rows: number of images trained on; the KL divergence is divided by it.
        make_prior: the prior of each weight and bias.
    """
    layers = bayesian_layers(rows, make_prior)
    return tf_keras.Sequential(
        [
            tf_keras.Input(INPUT_SHAPE, name="image"),
            tf_keras.layers.Rescaling(-1.0, 1.0, name="ink"),
            layers.conv(16, 5, "conv1"),
            tf_keras.layers.MaxPooling2D(2, name="pool1"),
            layers.conv(48, 3, "conv2"),
            layers.conv(64, 3, "conv3"),
            layers.conv(64, 3, "conv4"),
            tf_keras.layers.MaxPooling2D(2, name="pool2"),
            tf_keras.layers.Flatten(name="flatten"),
            layers.dense(128, "relu", "dense1"),
            layers.dense(CLASSES, None, "dense2"),
            class_distribution(),
        ],
        name="deep_lenet",
    )
