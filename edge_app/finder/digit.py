"""A digit found in a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Box:
    """Where a digit is, in pixels of the frame."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit found in a frame.

    Attributes:
        box: the tight box around its ink.
        image: the digit as the networks see it, float32 [28, 28, 1], paper 1 and ink 0.
    """

    box: Box
    image: NDArray[np.float32]
