"""A picture of a page with what is truly written on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

PRINTED: Final = -1
"""Index of a digit that is printed by itself, as in a cell."""
IN_TEXT: Final = -2
"""Index of a digit of a number in a printed text."""


@dataclass(frozen=True, slots=True)
class TruthBox:
    """The tight box around a digit's ink, in pixels of the picture."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class TruthDigit:
    """A digit in the picture.

    Attributes:
        box: where it is, as far as it is in the picture.
        label: which digit it is, 0 to 9.
        index: which image of its half of MNIST it was drawn from; PRINTED or IN_TEXT for one that was not.
    """

    box: TruthBox
    label: int
    index: int


@dataclass(frozen=True, slots=True)
class Stranger:
    """Something in the picture that is no digit.

    Attributes:
        box: where it is.
        sort: what it is, as "letter" or "scribble".
    """

    box: TruthBox
    sort: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A camera's picture of a page.

    Attributes:
        image: uint8 [H, W, 3], BGR.
        digits: the handwritten digits that are wholly in the picture; a reader should find them.
        cut: the digits that the picture's edge cuts; a reader may find them if it doubts them.
        printed: the printed digits; a reader may find them.
        strangers: what is no digit; a reader should leave it out, or doubt it.
        owner: whose ink each pixel shows, int16 [H, W]: digits count from 1 up, other things from -1 down, 0 is paper,
            and what is printed before anybody writes is paper too.
        turned: by how many degrees the page is turned clockwise: 0, 90, 180 or 270, and a hand's tilt aside.
    """

    image: NDArray[np.uint8]
    digits: tuple[TruthDigit, ...]
    cut: tuple[TruthDigit, ...] = ()
    printed: tuple[TruthDigit, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    owner: NDArray[np.int16] | None = None
    turned: int = 0
