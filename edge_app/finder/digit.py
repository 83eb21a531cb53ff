"""A digit found in a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Reason


@dataclass(frozen=True, slots=True)
class Box:
    """Where a digit is, in pixels of the frame."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a digit stands in what is written.

    Attributes:
        line: number of its line on the page, from 0 at the top.
        number: which of its line's numbers it belongs to, from 0 at the left; digits close together are one number.
        column: number of its column on the page, from 0 at the left; empty paper from top to bottom parts columns.
    """

    line: int = 0
    number: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit found in a frame.

    Attributes:
        box: the tight box around its ink.
        image: the digit as the networks see it, float32 [28, 28, 1], paper 1 and ink 0.
        others: the same digit cut out in other ways, at most two, where it is unclear which ink is its own.
        doubt: why that is unclear; None where it is not.
        place: where it stands in what is written.
        hull: corners of what its ink spans, (x, y) in pixels of the frame, float64 [n, 2]; None for its box's.
    """

    box: Box
    image: NDArray[np.float32]
    others: tuple[NDArray[np.float32], ...] = ()
    doubt: Reason | None = None
    place: Place = Place()
    hull: NDArray[np.float64] | None = None

    @property
    def images(self) -> tuple[NDArray[np.float32], ...]:
        """All its cuts, the most likely first."""
        return self.image, *self.others


class Digits(tuple[Digit, ...]):  # noqa: SLOT001 - a tuple's subclass can have no slots but empty ones
    """The digits found in a frame, in reading order.

    Attributes:
        more: whether the frame shows more than are read in one frame; the first ones in reading order are here.
    """

    more: bool = False
