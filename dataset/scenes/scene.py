"""A picture of a page with what is truly written on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TruthBox:
    """The tight box around a digit's ink, in pixels of the picture."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class TruthDigit:
    """A digit that is wholly in the picture.

    Attributes:
        box: where it is.
        label: which digit it is, 0 to 9.
        index: which image of the MNIST test half it was drawn from.
    """

    box: TruthBox
    label: int
    index: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A camera's picture of a page.

    Attributes:
        image: uint8 [H, W, 3], BGR.
        digits: the digits that a reader should find; those cut by the picture's edge do not count.
    """

    image: NDArray[np.uint8]
    digits: tuple[TruthDigit, ...]
