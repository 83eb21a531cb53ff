"""Reads the posterior out of a trained tf_keras model, and draws weight samples from it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

from models.errors import ModelError
from models.network import (
    Activate,
    Activation,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    Network,
    Normal,
    Operation,
    Point,
    Pool2D,
    Posterior,
    Samples,
    Weight,
)

tfd = tfp.distributions
tfpl = tfp.layers


def read_posterior(model: tf_keras.Sequential) -> Posterior:
    """Read a model's layers, hyperparameters and posteriors.

    Raises:
        ModelError: a layer or a posterior is of a type that cannot be served.
    """
    layers = tuple(_read_layer(layer) for layer in model.layers)
    return Network(model.name, tuple(model.input_shape[1:]), layers)


def draw_samples(posterior: Posterior, count: int, seed: int) -> Samples:
    """Draw weight samples, each weight from its own stream, so that one weight's draw depends on no other's.

    Args:
        posterior: what `read_posterior` returned.
        count: number K of samples.
        seed: the same seed gives the same samples, byte for byte.

    Returns:
        The same layers with float32 [K, ...] arrays for weights.

    Raises:
        ModelError: the count is not at least 1.
    """
    if count < 1:
        raise ModelError(f"samples: found {count}, expected at least 1")
    layers = tuple(
        Layer(
            layer.name,
            layer.operation,
            {
                role: _draw(weight, count, np.random.default_rng([seed, index, *role.encode()]))
                for role, weight in layer.weights.items()
            },
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
    return (weight.value,) if isinstance(weight, Point) else (weight.loc, weight.scale)


def _draw(weight: Weight, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    if isinstance(weight, Point):
        return np.repeat(weight.value[None], count, axis=0)
    noise = rng.standard_normal((count, *weight.loc.shape), np.float32)
    return weight.loc + weight.scale * noise


def _read_layer(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, _read_operation(layer), _read_weights(layer))


def _read_operation(layer: Any) -> Operation:
    match layer:
        case tf_keras.layers.Conv2D() | tfpl.Convolution2DReparameterization():
            return Conv2D(layer.strides, layer.padding.upper(), layer.dilation_rate, _activation(layer))
        case tf_keras.layers.Dense() | tfpl.DenseVariational():
            return Dense(_activation(layer))
        case tf_keras.layers.MaxPooling2D():
            return Pool2D("max", layer.pool_size, layer.strides, layer.padding.upper())
        case tf_keras.layers.Flatten():
            return Flatten()
        case tfpl.OneHotCategorical():
            return Activate(Activation.SOFTMAX)
    raise ModelError(
        f"layer {layer.name!r}: found type {type(layer).__name__}, which cannot be exported; "
        "expected Conv2D, Dense, MaxPooling2D, Flatten or their TFP twins; replace the layer"
    )


def _activation(layer: Any) -> Activation:
    name = tf_keras.activations.serialize(layer.activation)
    try:
        return Activation(name)
    except ValueError:
        raise ModelError(
            f"layer {layer.name!r}: found activation {name!r}, expected one of {', '.join(Activation)}"
        ) from None


def _read_weights(layer: Any) -> dict[str, Weight]:
    match layer:
        case tfpl.DenseVariational():
            return _read_dense_variational(layer)
        case tfpl.Convolution2DReparameterization():
            weights = {"kernel": _read_distribution(layer.name, layer.kernel_posterior)}
            if layer.bias_posterior is not None:
                weights["bias"] = _read_distribution(layer.name, layer.bias_posterior)
            return weights
        case tf_keras.layers.Conv2D() | tf_keras.layers.Dense():
            points: dict[str, Weight] = {"kernel": Point(layer.kernel.numpy())}
            if layer.use_bias:
                points["bias"] = Point(layer.bias.numpy())
            return points
    return {}


def _read_distribution(name: str, distribution: Any) -> Weight:
    base = distribution
    while isinstance(base, tfd.Independent):
        base = base.distribution
    if isinstance(base, tfd.Deterministic | tfd.VectorDeterministic):
        return Point(tf.convert_to_tensor(base.loc).numpy())
    if isinstance(base, tfd.Normal):
        shape = distribution.event_shape
        return Normal(tf.broadcast_to(base.loc, shape).numpy(), tf.broadcast_to(base.scale, shape).numpy())
    raise ModelError(
        f"layer {name!r}: found a posterior of type {type(base).__name__}, expected independent Normals "
        "or a point; use default_mean_field_normal_fn or IndependentNormal"
    )


def _read_dense_variational(layer: Any) -> dict[str, Weight]:
    inputs = layer.input_spec.axes[-1]
    coerced = layer._posterior(tf.zeros([1, inputs]))  # noqa: SLF001 - TFP offers no public way
    joint = _read_distribution(layer.name, getattr(coerced, "tensor_distribution", coerced))
    cut = inputs * layer.units

    def part(values: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        parts = {"kernel": values[:cut].reshape(inputs, layer.units)}
        if layer.use_bias:
            parts["bias"] = values[cut:]
        return parts

    if isinstance(joint, Point):
        return {role: Point(value) for role, value in part(joint.value).items()}
    loc, scale = part(joint.loc), part(joint.scale)
    return {role: Normal(loc[role], scale[role]) for role in loc}
