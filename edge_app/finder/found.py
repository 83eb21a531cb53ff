"""What the search finds at one scale."""

from __future__ import annotations

from dataclasses import dataclass

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
