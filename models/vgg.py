"""A larger network without a posterior, for a teacher: five small convolutions, as of VGG."""

from __future__ import annotations

import tf_keras

from models.classes import CLASSES, INPUT_SHAPE, class_distribution


def vgg(rows: int) -> tf_keras.Sequential:  # noqa: ARG001 - every builder takes the rows trained on
    """Build the network, 514,346 parameters, all points (layers as of Simonyan and Zisserman 2015, arXiv 1409.1556).

    Args:
        rows: number of images trained on.
    """

    def conv(filters: int, name: str, padding: str = "same") -> tf_keras.layers.Layer:
        return tf_keras.layers.Conv2D(
            filters, 3, padding=padding, activation="relu", kernel_initializer="he_normal", name=name
        )

    return tf_keras.Sequential(
        [
            tf_keras.Input(INPUT_SHAPE, name="image"),
            tf_keras.layers.Rescaling(-1.0, 1.0, name="ink"),
            conv(32, "conv1"),
            conv(32, "conv2"),
            tf_keras.layers.MaxPooling2D(2, name="pool1"),
            conv(64, "conv3"),
            conv(64, "conv4"),
            tf_keras.layers.MaxPooling2D(2, name="pool2"),
            conv(64, "conv5", "valid"),
            tf_keras.layers.Flatten(name="flatten"),
            tf_keras.layers.Dense(256, "relu", kernel_initializer="he_normal", name="dense1"),
            tf_keras.layers.Dense(CLASSES, kernel_initializer="he_normal", name="dense2"),
            class_distribution(),
        ],
        name="vgg",
    )
