"""A piece of writing: strokes that belong together, as outlines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """Strokes that belong together.

    Attributes:
        outlines: of the strokes and of the holes in them, each int32 [n, 1, 2]; `cv2.fillPoly` fills the strokes alone.
        x: left edge in pixels.
        y: upper edge in pixels.
        width: width in pixels.
        height: height in pixels.
    """

    outlines: tuple[Outline, ...]
    x: int
    y: int
    width: int
    height: int

    @classmethod
    def within(cls, outlines: tuple[Outline, ...]) -> Writing:
        """Gather outlines and measure the box around them."""
        x, y, width, height = cv2.boundingRect(np.concatenate(outlines))
        return cls(outlines, x, y, width, height)

    @property
    def size(self) -> int:
        """The longer side in pixels."""
        return max(self.width, self.height)

    @property
    def right(self) -> int:
        """The first column beyond."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row beyond."""
        return self.y + self.height

    def encloses(self, other: Writing) -> bool:
        """Tell whether another's box lies within this one's."""
        level = self.x <= other.x and other.right <= self.right
        return level and self.y <= other.y and other.bottom <= self.bottom

    def draw(self, margin: int = 0) -> NDArray[np.uint8]:
        """Draw the strokes with a margin around, uint8 [height, width] of 0 and 255."""
        return self.draw_within(self.x - margin, self.y - margin, self.right + margin, self.bottom + margin)

    def draw_within(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """Draw what a box of the picture shows of the strokes, uint8 [height, width] of 0 and 255."""
        mask = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(mask, self.outlines, 255, offset=(-left, -top))
        return mask

    def mean(self, values: NDArray[np.uint8]) -> float:
        """Average a picture's values, uint8 [h, w], over the strokes."""
        return float(cv2.mean(values[self.y : self.bottom, self.x : self.right], self.draw())[0])


def above(values: NDArray[np.uint8], level: float | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mark the values, uint8 [h, w], that are above a level, or each above its own: 255, the others 0."""
    return np.asarray(cv2.compare(values, level, cv2.CMP_GT), np.uint8)  # type: ignore[arg-type]  # a number will do


def outline(mask: NDArray[np.uint8], smallest: int, corner: tuple[int, int] = (0, 0)) -> list[Writing]:
    """Outline the connected pieces of a mask.

    Args:
        mask: uint8 [h, w], 0 and not 0.
        smallest: size in pixels below which a piece is left out.
        corner: where the mask's upper left pixel is in the picture, (x, y).
    """
    outlines, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=corner)
    if hierarchy is None:
        return []
    after, _, inside, parent = hierarchy[0].T.tolist()
    pieces = []
    for index, outer in enumerate(outlines):
        if parent[index] < 0 and len(outer) > smallest:
            own, hole = [outer], inside[index]
            while hole >= 0:
                own.append(outlines[hole])
                hole = after[hole]
            pieces.append(Writing.within(tuple(np.asarray(o, np.int32) for o in own)))
    return [piece for piece in pieces if piece.size >= smallest]
