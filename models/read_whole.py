"""Reads a model that our own layers do not describe: what draws its weights, and all that it holds besides.

Such a model computes its graphs itself: it is traced, and each sample of its weights frozen into a copy.
"""

from __future__ import annotations

from typing import Any

import tf_keras

from models.errors import ModelError
from models.network import Layer, Network, Own, Point, Posterior, Weight
from models.read_keras import read_mask
from models.read_tfp import draws_weights, read_weights
from models.standard import inputs_of

HELD = "weights"
NOISE = (tf_keras.layers.GaussianNoise, tf_keras.layers.GaussianDropout, tf_keras.layers.AlphaDropout)


def read_whole(model: tf_keras.Model, *, mc_dropout: bool = False) -> Posterior:
    """Read a functional or subclassed model, or a Sequential of any layers.

    Args:
        model: in the form that `models.standard` gives.
        mc_dropout: whether its dropout layers stay active when it predicts; see `models.read_model.read_posterior`.

    Raises:
        ModelError: it takes something else, or no set of weights gives what it gives.
    """
    shape = _input_shape(model)
    drawing: list[Layer[Weight]] = [Layer(layer.name, Own(), read_weights(layer)) for layer in drawing_layers(model)]
    if mc_dropout:
        _require_plain_dropout(model)
        drawing += [Layer(layer.name, Own(), {"scale": read_mask(layer)}) for layer in dropping_layers(model)]
    held: dict[str, Weight] = {f"{number:04}": Point(array) for number, array in enumerate(model.get_weights())}
    return Network(model.name, shape, (*drawing, Layer(HELD, Own(), held)))


def drawing_layers(model: tf_keras.Model) -> list[Any]:
    """Give the layers, nested ones too, that draw their weights."""
    return [layer for layer in model.submodules if isinstance(layer, tf_keras.layers.Layer) and draws_weights(layer)]


def dropping_layers(model: tf_keras.Model) -> list[Any]:
    """Give the layers, nested ones too, that drop something in training."""
    return [layer for layer in model.submodules if isinstance(layer, tf_keras.layers.Dropout) and layer.rate]


def _require_plain_dropout(model: tf_keras.Model) -> None:
    """Refuse what is random in training too, and is no layer that drops.

    Raises:
        ModelError: there is such a layer.
    """
    for layer in model.submodules:
        inside = [name for name in ("dropout", "recurrent_dropout") if isinstance(getattr(layer, name, None), float)]
        dropping = [name for name in inside if getattr(layer, name)]
        if dropping or isinstance(layer, NOISE):
            found = f"{type(layer).__name__}{f' with {dropping[0]}' if dropping else ''}"
            raise ModelError(
                f"layer {layer.name!r}: found {found}, which draws anew as it runs, so that no mask can stand for it; "
                "use tf_keras.layers.Dropout, or leave mc_dropout out"
            )


def _input_shape(model: tf_keras.Model) -> tuple[int, ...]:
    if not model.built or model.save_spec() is None:
        raise ModelError(f"model {model.name!r}: has no weights yet; call it once on inputs")
    return tuple(inputs_of(model).shape[1:])
