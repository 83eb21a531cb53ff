"""Draws weight samples from a posterior, and tells posteriors apart; NumPy alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.network import Drawn, Dropped, Layer, Network, Normal, Point, Posterior, Samples, Weight


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


def draw_mixture(posteriors: Sequence[Posterior], count: int, seed: int) -> Samples:
    """Draw weight samples from several posteriors of one architecture by turns, equally many from each.

    Args:
        posteriors: of one network; a deep ensemble's are points.
        count: number K of samples over all of them.
        seed: the same seed gives the same samples, byte for byte.

    Raises:
        ModelError: the count is no multiple of the number of posteriors, or they differ by more than their weights.
    """
    if len(posteriors) == 1:
        return draw_samples(posteriors[0], count, seed)
    if count % len(posteriors):
        raise ModelError(f"samples: found {count}, expected a multiple of {len(posteriors)}, the number of models")
    _require_one_architecture(posteriors)
    seeds = [int(state) for state in np.random.SeedSequence(seed).generate_state(len(posteriors))]
    parts = [
        draw_samples(posterior, count // len(posteriors), own) for posterior, own in zip(posteriors, seeds, strict=True)
    ]
    layers = tuple(
        Layer(first.name, first.operation, {role: _by_turns(same, role) for role in first.weights})
        for first, *others in zip(*(part.layers for part in parts), strict=True)
        for same in [[first, *others]]
    )
    return replace(parts[0], layers=layers)


def digest_mixture(posteriors: Sequence[Posterior]) -> str:
    """Give the SHA-256 of several posteriors; of one, its `digest`."""
    if len(posteriors) == 1:
        return digest(posteriors[0])
    return hashlib.sha256(" ".join(map(digest, posteriors)).encode()).hexdigest()


def is_known(posterior: Posterior) -> bool:
    """Tell whether every weight is a point, so that all samples are the same."""
    return all(isinstance(weight, Point) for layer in posterior.layers for weight in layer.weights.values())


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


def round_posterior(posterior: Posterior) -> Posterior:
    """Round the numbers of every Normal to float16, as a bundle carries them."""
    layers = tuple(
        replace(layer, weights={role: _rounded(weight) for role, weight in layer.weights.items()})
        for layer in posterior.layers
    )
    return replace(posterior, layers=layers)


def _rounded(weight: Weight) -> Weight:
    match weight:
        case Normal(loc, scale):
            return Normal(*(values.astype(np.float16).astype(np.float32) for values in (loc, scale)))
    return weight


def _arrays(weight: Weight) -> tuple[NDArray[np.float32], ...]:
    match weight:
        case Point(value):
            return (value,)
        case Normal(loc, scale):
            return (loc, scale)
        case Dropped(rate):
            return (rate,)
        case Drawn(_, parameters):
            return parameters


def _by_turns(layers: Sequence[Layer[NDArray[np.float32]]], role: str) -> NDArray[np.float32]:
    stacked = np.stack([layer.weights[role] for layer in layers], axis=1)
    return stacked.reshape(-1, *stacked.shape[2:])


def _require_one_architecture(posteriors: Sequence[Posterior]) -> None:
    for number, posterior in enumerate(posteriors[1:], start=1):
        if len(posterior.layers) != len(posteriors[0].layers):
            raise ModelError(
                f"model {number}: found {len(posterior.layers)} layers, expected {len(posteriors[0].layers)} as in "
                "model 0; export models of one architecture together"
            )
        for found, expected in zip(posterior.layers, posteriors[0].layers, strict=True):
            if (found.operation, _shapes(found)) != (expected.operation, _shapes(expected)):
                raise ModelError(
                    f"model {number}: found layer {found.name!r}, {found.operation} with {_shapes(found)}, expected "
                    f"{expected.operation} with {_shapes(expected)} as in model 0; export models of one architecture "
                    "together"
                )


def _shapes(layer: Layer[Weight]) -> dict[str, tuple[int, ...]]:
    return {
        role: weight.draw(1, 0).shape[1:] if isinstance(weight, Drawn) else _arrays(weight)[0].shape
        for role, weight in layer.weights.items()
    }


def _draw(weight: Weight, count: int, seed: list[int], role: str) -> NDArray[np.float32]:
    match weight:
        case Point(value):
            return np.broadcast_to(value, (count, *value.shape))
        case Normal(loc, scale):
            noise = np.random.default_rng([*seed, *role.encode()]).standard_normal((count, *loc.shape), np.float32)
            return loc + scale * noise
        case Dropped(rate):
            uniform = np.random.default_rng([*seed, *role.encode()]).random((count, *rate.shape), np.float32)
            return np.where(uniform >= rate, 1 / (1 - rate), np.float32(0))
        case Drawn(draw, _):  # not by role: kernel and bias may have one posterior between them
            return draw(count, int(np.random.SeedSequence(seed).generate_state(1)[0]))
