"""Reads the posterior out of a trained tf_keras model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tf_keras

from models.errors import ModelError
from models.network import Activate, Activation, Layer, Network, Posterior, Weight
from models.read_keras import ACTIVE_DROPOUT_READERS, KERAS_READERS, Reader, require
from models.read_tfp import TFP_READERS

READERS = KERAS_READERS | TFP_READERS


def read_posterior(model: tf_keras.Sequential, *, mc_dropout: bool = False) -> Posterior:
    """Read a model's layers, hyperparameters and posteriors.

    Args:
        model: a Sequential.
        mc_dropout: whether its dropout layers stay active when it predicts, as in Monte Carlo dropout (Gal and
            Ghahramani 2016, arXiv 1506.02142): a mask of each is then a weight to draw.

    Raises:
        ModelError: the model is no Sequential on images that ends in class probabilities, or a layer cannot be served.
    """
    if not isinstance(model, tf_keras.Sequential):
        raise ModelError(
            f"model {getattr(model, 'name', '')!r}: found type {type(model).__name__}, expected tf_keras.Sequential; "
            "put its layers into one"
        )
    if not model.built:
        raise ModelError(f"model {model.name!r}: has no weights yet; begin it with tf_keras.Input, or call it once")
    if type(model).call is not tf_keras.Sequential.call or "call" in vars(model):
        raise ModelError(
            f"model {model.name!r}: found a `call` of its own in {type(model).__name__}, which may compute something "
            "else than its layers in order; make it a plain tf_keras.Sequential"
        )
    readers = READERS | (ACTIVE_DROPOUT_READERS if mc_dropout else {})
    layers = tuple(read_layer(layer, readers) for layer in model.layers)
    _require_probabilities(model, layers)
    return Network(model.name, _image_shape(model), layers)


def read_layer(layer: Any, readers: Mapping[type, Reader] = READERS) -> Layer[Weight]:
    """Read one layer.

    Raises:
        ModelError: it cannot be served.
    """
    reader = readers.get(type(layer))
    if reader is None:
        served = ", ".join(sorted(kind.__name__ for kind in readers))
        raise ModelError(
            f"layer {layer.name!r}: found type {type(layer).__name__}, which cannot be exported; "
            f"replace it by one of {served}"
        )
    require(layer, "dtype policy", layer.dtype_policy.name, "float32")
    return reader(layer)


def _image_shape(model: tf_keras.Sequential) -> tuple[int, int, int]:
    shape = tuple(model.input_shape[1:])
    if len(shape) != 3 or None in shape:
        raise ModelError(
            f"model {model.name!r}: found input shape {list(shape)}, expected [height, width, channels]; "
            "begin with tf_keras.Input((height, width, channels))"
        )
    return shape


def _require_probabilities(model: tf_keras.Sequential, layers: tuple[Layer[Weight], ...]) -> None:
    last = next((layer for layer in reversed(layers) if layer.operation != Activate(Activation.LINEAR)), None)
    if (
        last is None
        or getattr(last.operation, "activation", None) != Activation.SOFTMAX
        or len(model.output_shape) != 2
    ):
        raise ModelError(
            f"model {model.name!r}: found no class probabilities at its end, expected a softmax over [N, classes]; "
            "add tf_keras.layers.Softmax() or tfp.layers.OneHotCategorical"
        )
