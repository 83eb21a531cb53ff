"""Draws weight samples from a posterior, and tells posteriors apart; NumPy alone."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.network import Drawn, Layer, Network, Normal, Point, Posterior, Samples, Weight


def draw_samples(posterior: Posterior, count: int, seed: int) -> Samples:
    """Draw weight samples, each weight from its own stream, so that one weight's draw depends on no other's.

    Args:
        posterior: a network whose weights are points and distributions.
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
