"""Reads a model that gives quantities as our own layers, and a head behind them that makes a mean or a scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from models.errors import ModelError
from models.network import Layer, Network, Posterior, Weight
from models.read_model import read_layer
from models.standard import Standard

RANKS = (2, 4)  # of vectors and of images, [N, ...]


@dataclass(frozen=True, slots=True)
class Headed:
    """A posterior, and what comes behind it.

    Attributes:
        body: its last layer gives U values, [N, U].
        width: their number U.
        head: without weights; these values -> what the model gives, [N, U] -> [N, V].
    """

    body: Posterior
    width: int
    head: Callable[[tf.Tensor], tf.Tensor]


def read_headed(model: Any, whole: Posterior) -> Headed:
    """Read a Sequential of our own layers, whose last may be a distribution of TFP.

    Args:
        model: in the form that `models.standard` gives.
        whole: what `read_whole` read of it, or the like: its layers that draw their weights have these.

    Raises:
        ModelError: it is another model, or a layer cannot be served.
    """
    if (
        not isinstance(model, Standard)
        or type(model.inner) is not tf_keras.Sequential
        or "call" in vars(model.inner)
        or len(model.inner.input_shape) not in RANKS
    ):
        raise ModelError(
            f"model {model.name!r}: found no Sequential of one image or vector, whose moments alone are known; "
            "export it as stacked"
        )
    layers = list(model.inner.layers)
    ends = layers.pop() if isinstance(layers[-1], tfp.layers.DistributionLambda) and not layers[-1].weights else None
    drawn = {layer.name: layer.weights for layer in whole.layers[:-1]}
    read = tuple(_with_weights(read_layer(layer), drawn) for layer in layers)
    shape = layers[-1].output_shape
    if len(shape) != 2:
        raise ModelError(f"layer {layers[-1].name!r}: gives {list(shape)}, expected [N, values]; flatten it")
    body = Network(model.name, tuple(model.inner.input_shape[1:]), read)
    return Headed(body, int(shape[1]), lambda values: model.finish(values if ends is None else ends(values)))


def _with_weights(layer: Layer[Weight], drawn: dict[str, Any]) -> Layer[Weight]:
    return replace(layer, weights=drawn.get(layer.name, layer.weights))
