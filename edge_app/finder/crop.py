"""Read a small picture that shows one digit, perhaps near its edge, perhaps with a piece of a printed line."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.cutting import cut
from edge_app.finder.digit import Box, Digit
from edge_app.finder.ink import MARGIN, darkest_channel, halved, is_light_on_dark, measure_ink, with_margin
from edge_app.finder.joining import join
from edge_app.finder.search import PAPER_WINDOW
from edge_app.finder.shape import is_large_enough
from edge_app.finder.strokes import trace
from edge_app.finder.writing import Writing

WORKING: Final = 112
"""Longer side in pixels to which the crop is enlarged."""
RIM: Final = 0.15
"""Width of the rim along the crop's edges, as a share of its sides."""
INSIDE: Final = 0.3
"""Share of a digit's ink that lies inside the rim."""


def cut_digit(crop: NDArray[np.uint8]) -> Digit | None:
    """Find the one digit of a crop: the largest piece of writing that does not just lie along the edge.

    Args:
        crop: uint8 [H, W, 3] BGR or [H, W] grey.

    Returns:
        The digit, its box in pixels of the crop, or None where there is no writing.
    """
    height, width = crop.shape[:2]
    scale = max(height, width) / WORKING
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    picture = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    dark = darkest_channel(picture, light_on_dark=is_light_on_dark(halved(picture)))
    ink = with_margin(measure_ink(dark, PAPER_WINDOW * WORKING))
    strokes = trace(ink.strength, WORKING)
    pieces = [piece for piece in strokes.pieces if not _lies_along_edge(piece, size)]
    writings = [writing for writing in join(pieces) if is_large_enough(writing)]
    if not writings:
        return None
    writing = max(writings, key=lambda w: cv2.countNonZero(w.draw()))
    x, y, right, bottom = (
        round((value - MARGIN) * scale) for value in (writing.x, writing.y, writing.right, writing.bottom)
    )
    return Digit(Box(x, y, right - x, bottom - y), cut(ink, writing))


def _lies_along_edge(writing: Writing, size: tuple[int, int]) -> bool:
    width, height = size
    (top, bottom), (left, right) = (
        (MARGIN + round(RIM * side), MARGIN + round((1 - RIM) * side)) for side in (height, width)
    )
    inside = writing.draw_within(left, top, right, bottom)
    return cv2.countNonZero(inside) < INSIDE * cv2.countNonZero(writing.draw())
