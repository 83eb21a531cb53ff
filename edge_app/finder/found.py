"""What the search finds at one scale."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import MARGIN
from edge_app.finder.search import Search
from edge_app.finder.writing import Writing


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A digit found at one scale.

    Attributes:
        writing: the digit, in pixels of the searched picture with its margin.
        search: what else was found there.
        scale: how many times as large the frame is as that picture, a power of two.
        corner: where that picture's upper left corner is in the frame, (x, y).
    """

    writing: Writing
    search: Search
    scale: int
    corner: tuple[int, int]

    @property
    def sides(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in pixels of the frame."""
        (x, y), w = self.corner, self.writing
        left, top, right, bottom = (self.scale * (side - MARGIN) for side in (w.x, w.y, w.right, w.bottom))
        return x + left, y + top, x + right, y + bottom

    @property
    def height(self) -> int:
        """Height in pixels of the frame."""
        return self.scale * self.writing.height

    @property
    def hull(self) -> NDArray[np.float64]:
        """Corners of what its ink spans, (x, y) in pixels of the frame, float64 [n, 2]."""
        corners = cv2.convexHull(np.concatenate(self.writing.outlines))[:, 0]
        around = corners[:, None] + np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # a pixel reaches to the next one
        return np.asarray(self.corner + self.scale * (around.reshape(-1, 2) - MARGIN), np.float64)
