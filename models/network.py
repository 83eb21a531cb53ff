"""A trained network as plain data: a list of layers whose weights are arrays or distributions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

Padding = Literal["SAME", "VALID"]
Reduction = Literal["max", "average"]


class Activation(StrEnum):
    """A function of each value, softmax one of each position's channels."""

    LINEAR = "linear"
    RELU = "relu"
    RELU6 = "relu6"
    ELU = "elu"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    SOFTMAX = "softmax"


class Conv2D(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Convolution; weights `kernel` [h, w, in, out] and, where there is one, `bias` [out]."""

    strides: tuple[int, int]
    padding: Padding
    dilations: tuple[int, int]
    activation: Activation


class DepthwiseConv2D(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Convolution of each channel by itself; weights `kernel` [h, w, in, multiplier] and, maybe, `bias` [in * m]."""

    strides: tuple[int, int]
    padding: Padding
    dilations: tuple[int, int]
    activation: Activation


class Dense(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Matrix product; weights `kernel` [in, out] and, where there is one, `bias` [out]."""

    activation: Activation


class Normalise(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Batch normalisation at inference, rescaling or a dropout's mask: x * scale + shift.

    Weights `scale` and, where there is one, `shift`: of one channel each, [c], or of one value of the image each,
    [h, w, c]; behind Flatten [h * w * c].
    """


class Pool2D(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Maximum or average over windows; no weights."""

    reduction: Reduction
    size: tuple[int, int]
    strides: tuple[int, int]
    padding: Padding


class GlobalPool2D(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """Maximum or average over all positions, [N, h, w, c] -> [N, c]; no weights."""

    reduction: Reduction


class Flatten(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """[N, h, w, c] -> [N, h * w * c]; no weights."""


class Activate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """An activation on its own; no weights. Softmax turns logits into class probabilities."""

    activation: Activation


class Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """What only the model itself computes: one of its layers that draw their weights, or all that it holds besides."""


Operation = Conv2D | DepthwiseConv2D | Dense | Normalise | Pool2D | GlobalPool2D | Flatten | Activate | Own


@dataclass(frozen=True, slots=True)
class Point:
    """A weight that is known: float32 [...]."""

    value: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Normal:
    """A weight with a mean-field Normal posterior: loc and scale (standard deviation), float32 [...] both."""

    loc: NDArray[np.float32]
    scale: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A mask of dropout that stays active: 0 with probability `rate`, else 1 / (1 - rate); float32 [...]."""

    rate: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A weight whose posterior is known by its draws alone, a full-covariance Normal's for one.

    Attributes:
        draw: (count, seed) -> float32 [count, ...]; kernel and bias of one joint posterior draw together.
        parameters: the numbers that determine the posterior.
    """

    draw: Callable[[int, int], NDArray[np.float32]]
    parameters: tuple[NDArray[np.float32], ...]


Weight = Point | Normal | Dropped | Drawn

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Layer(Generic[W]):
    """One layer: the Keras layer's name, what it computes, and its weights by role (`kernel`, `bias`)."""

    name: str
    operation: Operation
    weights: Mapping[str, W]


@dataclass(frozen=True, slots=True)
class Network(Generic[W]):
    """Layers in order.

    Attributes:
        architecture: the model's name.
        input_shape: one input's shape, an image's (height, width, channels) for one.
        layers: the first takes the image, the last gives class probabilities; or, of a model as a `whole`, those that
            draw their weights, and at the end one of all the weights that the model holds.
    """

    architecture: str
    input_shape: tuple[int, ...]
    layers: tuple[Layer[W], ...]

    @property
    def whole(self) -> bool:
        """Whether its layers do not describe it, so that only the model itself can compute it."""
        return bool(self.layers) and isinstance(self.layers[-1].operation, Own)


Posterior = Network[Weight]
"""A network whose weights are points and distributions."""

Samples = Network[NDArray[np.float32]]
"""A network whose weights are K draws each: float32 [K, ...]."""
