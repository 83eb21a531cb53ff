"""Rewrites a network into an equal one that has less to compute."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import msgspec

from models.network import Activate, Activation, Conv2D, Layer, Network, Pool2D

W = TypeVar("W")


def pool_before_activation(network: Network[W]) -> Network[W]:
    """Let activations wait until after a maximum pooling, where fewer values are left.

    Every activation but softmax grows with its argument, so that the largest value stays the largest.
    """
    layers: list[Layer[W]] = []
    for layer in network.layers:
        layers += _split(layer)
        if isinstance(layer.operation, Pool2D) and layer.operation.reduction == "max" and _can_wait(layers[-2:-1]):
            layers[-2:] = reversed(layers[-2:])
    return replace(network, layers=tuple(layers))


def _split(layer: Layer[W]) -> list[Layer[W]]:
    """Make a convolution's activation a layer of its own."""
    if not isinstance(layer.operation, Conv2D) or layer.operation.activation is Activation.LINEAR:
        return [layer]
    linear = replace(layer, operation=msgspec.structs.replace(layer.operation, activation=Activation.LINEAR))
    return [linear, Layer(layer.name, Activate(layer.operation.activation), {})]


def _can_wait(before: list[Layer[W]]) -> bool:
    operation = before[0].operation if before else None
    return isinstance(operation, Activate) and operation.activation is not Activation.SOFTMAX
