"""Search one picture for digits of up to a height."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import Ink, measure_ink, with_margin
from edge_app.finder.joining import join
from edge_app.finder.parting import part
from edge_app.finder.patience import Spent
from edge_app.finder.shape import like_digits, usual_height
from edge_app.finder.strokes import TOO_LARGE, trace
from edge_app.finder.writing import Writing

PAPER_WINDOW: Final = 0.45
"""Side of the window that holds some bare paper wherever it lies, in heights of the tallest digit."""


@dataclass(frozen=True, slots=True)
class Search:
    """What was found in a picture.

    Attributes:
        ink: of the picture with MARGIN pixels of bare paper around it.
        chances: that each pixel's ink is a digit's; see `Strokes`.
        writings: the digits, in pixels of that padded picture.
        heights: of all its pieces of ink.
        largest: size of the largest piece of ink or of pieces joined.
    """

    ink: Ink
    chances: NDArray[np.uint8] | None
    writings: list[Writing]
    heights: tuple[int, ...]
    largest: int


def search(dark: NDArray[np.uint8], tallest: float, spent: Spent, *, others: bool = False) -> Search:
    """Find what may be digits.

    Args:
        dark: brightness of dark writing on light paper, uint8 [h, w].
        tallest: height in pixels of the tallest digit that is looked for.
        spent: tells when to leave off.
        others: whether other ink than digits' is known to be there.
    """
    ink = with_margin(measure_ink(dark, PAPER_WINDOW * tallest))
    strokes = trace(ink.strength, tallest, spent, others=others)
    parts = part(strokes, spent)
    pieces = [piece for piece in parts if piece.size <= TOO_LARGE * tallest]
    joined = join(pieces, usual_height(parts), spent)
    alike = like_digits(joined, ink.strength, strokes.chances, spent)
    writings = [writing for writing in alike if writing.height <= tallest]
    heights = tuple(piece.height for piece in strokes.pieces)
    largest = max((writing.size for writing in (*parts, *joined)), default=0)
    return Search(ink, strokes.chances, writings, heights, largest)
