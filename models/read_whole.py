"""Reads a model that our own layers do not describe: what draws its weights, and all that it holds besides.

Such a model computes its graphs itself: it is traced, and each sample of its weights frozen into a copy.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras

from models.errors import ModelError
from models.network import Layer, Network, Own, Point, Posterior, Weight
from models.read_tfp import draws_weights, read_weights

HELD = "weights"
TOLERANCE = 1e-3  # of a sum of class probabilities
TRIED = 2  # images


def read_whole(model: tf_keras.Model) -> Posterior:
    """Read a functional or subclassed model, or a Sequential of any layers.

    Args:
        model: takes one image, float32 [N, h, w, c]; gives class probabilities or a distribution over one-hot labels.

    Raises:
        ModelError: it takes or gives something else, or no set of weights gives what it gives.
    """
    shape = _image_shape(model)
    _require_probabilities(model, shape)
    drawing: list[Layer[Weight]] = [Layer(layer.name, Own(), read_weights(layer)) for layer in drawing_layers(model)]
    held: dict[str, Weight] = {f"{number:04}": Point(array) for number, array in enumerate(model.get_weights())}
    return Network(model.name, shape, (*drawing, Layer(HELD, Own(), held)))


def drawing_layers(model: tf_keras.Model) -> list[Any]:
    """Give the layers, nested ones too, that draw their weights."""
    return [layer for layer in model.submodules if isinstance(layer, tf_keras.layers.Layer) and draws_weights(layer)]


def _image_shape(model: tf_keras.Model) -> tuple[int, int, int]:
    spec = model.save_spec() if model.built else None
    if spec is None:
        raise ModelError(f"model {model.name!r}: has no weights yet; call it once on images")
    (first, *others), named = spec
    if others or named or not isinstance(first, tf.TensorSpec):
        raise ModelError(f"model {model.name!r}: found several inputs, expected one; put them into one image")
    shape = tuple(first.shape[1:])
    if len(shape) != 3 or None in shape or first.dtype != tf.float32:
        raise ModelError(
            f"model {model.name!r}: found input {first.dtype.name} {list(shape)}, expected float32 [height, width, "
            "channels]; begin it with a Reshape of such an image"
        )
    return shape


def _require_probabilities(model: tf_keras.Model, shape: tuple[int, int, int]) -> None:
    output = model(tf.random.stateless_normal((TRIED, *shape), [0, 0]), training=False)
    found = output if isinstance(output, tf.Tensor) else getattr(output, "probs_parameter", lambda: None)()
    if found is None or found.shape.rank != 2 or found.shape[1] < 2:
        what = f"shape {list(found.shape)}" if found is not None else type(output).__name__
        raise ModelError(f"model {model.name!r}: gives {what}, expected class probabilities [N, classes]")
    miss = float(tf.reduce_max(tf.abs(tf.reduce_sum(found, axis=1) - 1)))
    if not (miss <= TOLERANCE and float(tf.reduce_min(found)) >= 0):
        raise ModelError(
            f"model {model.name!r}: found no class probabilities at its end, expected a softmax over [N, classes]; add "
            "tf_keras.layers.Softmax() or tfp.layers.OneHotCategorical"
        )
