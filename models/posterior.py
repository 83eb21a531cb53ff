"""Reads the posterior out of a trained tf_keras model, and draws weight samples from it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import tf_keras
from numpy.typing import NDArray

from models.errors import ModelError
from models.network import Activate, Activation, Drawn, Layer, Network, Normal, Point, Posterior, Samples, Weight
from models.read_keras import KERAS_READERS, require
from models.read_tfp import TFP_READERS

READERS = KERAS_READERS | TFP_READERS


def read_posterior(model: tf_keras.Sequential) -> Posterior:
    """Read a model's layers, hyperparameters and posteriors.

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
    layers = tuple(_read_layer(layer) for layer in model.layers)
    _require_probabilities(model, layers)
    return Network(model.name, _image_shape(model), layers)


def draw_samples(posterior: Posterior, count: int, seed: int) -> Samples:
    """Draw weight samples, each weight from its own stream, so that one weight's draw depends on no other's.

    Args:
        posterior: what `read_posterior` returned.
        count: number K of samples.
        seed: the same seed gives the same samples, byte for byte.

    Returns:
        The same layers with float32 [K, ...] arrays for weights.

    Raises:
        ModelError: the count is not at least 1, or the seed is negative.
    """
    if count < 1:
        raise ModelError(f"samples: found {count}, expected at least 1")
    if seed < 0:
        raise ModelError(f"seed: found {seed}, expected at least 0")
    layers = tuple(
        Layer(
            layer.name,
            layer.operation,
            {role: _draw(weight, count, [seed, index], role) for role, weight in layer.weights.items()},
        )
        for index, layer in enumerate(posterior.layers)
    )
    return Network(posterior.architecture, posterior.input_shape, layers)


def digest(posterior: Posterior) -> str:
    """Give the SHA-256 of the architecture and every weight's numbers, as 64 hexadecimal digits."""
    hasher = hashlib.sha256(f"{posterior.architecture} {posterior.input_shape}".encode())
    for layer in posterior.layers:
        hasher.update(f"{layer.name} {layer.operation}".encode())
        for role, weight in sorted(layer.weights.items()):
            hasher.update(role.encode())
            for array in _arrays(weight):
                hasher.update(f"{array.shape}".encode())
                hasher.update(np.ascontiguousarray(array, "<f4").tobytes())
    return hasher.hexdigest()


def _arrays(weight: Weight) -> tuple[NDArray[np.float32], ...]:
    match weight:
        case Point(value):
            return (value,)
        case Normal(loc, scale):
            return (loc, scale)
        case Drawn(_, parameters):
            return parameters


def _draw(weight: Weight, count: int, seed: list[int], role: str) -> NDArray[np.float32]:
    match weight:
        case Point(value):
            return np.repeat(value[None], count, axis=0)
        case Normal(loc, scale):
            noise = np.random.default_rng([*seed, *role.encode()]).standard_normal((count, *loc.shape), np.float32)
            return loc + scale * noise
        case Drawn(draw, _):  # not by role: kernel and bias may have one posterior between them
            return draw(count, int(np.random.SeedSequence(seed).generate_state(1)[0]))


def _read_layer(layer: Any) -> Layer[Weight]:
    reader = READERS.get(type(layer))
    if reader is None:
        served = ", ".join(sorted(kind.__name__ for kind in READERS))
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
