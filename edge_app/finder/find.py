"""Find the handwritten digits in a picture and cut each out as an MNIST-like image."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.crop import cut_digit
from edge_app.finder.cuts import plausible_cuts
from edge_app.finder.cutting import cut
from edge_app.finder.digit import Box, Digit, Digits, Place
from edge_app.finder.edge import is_cut, mend_edges
from edge_app.finder.found import Found
from edge_app.finder.ink import MARGIN
from edge_app.finder.order import in_reading_order
from edge_app.finder.patience import CUTTING, TELLING, Spent, never, while_time
from edge_app.finder.pyramid import Pyramid
from edge_app.finder.scales import search_scales
from edge_app.finder.shape import HANDWRITTEN, SHORTEST, is_wall
from edge_app.finder.writing import Writing
from edge_app.runtime.prediction import Reason

CROP: Final = 100
"""Longer side in pixels up to which a picture is taken for a crop that shows one digit."""
SMALL: Final = 0.7
"""Height of what is found below which it may as well be something else, as a share of most of the page's digits."""
ENOUGH: Final = 8
"""Digits from which it is known how high they are on a page."""
MOST: Final = 2000
"""Digits of a frame that are cut out and read."""


def find_digits(frame: NDArray[np.uint8], spent: Spent = never) -> Digits:
    """Find handwritten digits.

    Args:
        frame: uint8 [H, W, 3] BGR or [H, W] grey, of any size; one of up to 100 x 100 pixels shows a single digit.
        spent: tells when to leave off.

    Returns:
        At most MOST digits in reading order: line by line, from left to right.
    """
    if max(frame.shape[:2]) <= CROP:
        digit = cut_digit(frame)
        return Digits(() if digit is None else (digit,))
    if min(frame.shape[:2]) < SHORTEST:
        return Digits()
    pyramid = Pyramid(frame)
    found = mend_edges(search_scales(pyramid, spent), pyramid.shape)
    placed = in_reading_order(found)
    left_off = spent(TELLING)
    usual = _usual_height(found)
    digits = Digits(_digit(pyramid, one, place, usual) for one, place in while_time(placed[:MOST], spent, CUTTING))
    digits.more = left_off or len(digits) < len(found)
    return digits


def _usual_height(found: list[Found]) -> float:
    """Height in pixels of the frame of most of its digits; 0 where there are too few to tell."""
    return float(np.median([one.height for one in found])) if len(found) >= ENOUGH else 0.0


def _digit(pyramid: Pyramid, found: Found, place: Place, usual: float) -> Digit:
    left, top, right, bottom = found.sides
    height, width = pyramid.shape
    box = Box(left, top, min(right, width) - left, min(bottom, height) - top)
    ink = found.search.ink
    cuts = plausible_cuts(ink, found.search.chances, found.writing)
    images = tuple(cut(ink, one, _at_full_size(pyramid, found, one)) for one in cuts)
    return Digit(box, images[0], images[1:], _doubt(pyramid, found, len(images), usual), place, found.hull)


def _doubt(pyramid: Pyramid, found: Found, cuts: int, usual: float) -> Reason | None:
    if is_cut(found, pyramid.shape):
        return Reason.EDGE
    if found.height < SMALL * usual:
        return Reason.PRINT
    if found.search.chances is None:
        return None
    writing = found.writing
    if writing.mean(found.search.chances) < HANDWRITTEN or is_wall(writing, found.search.ink.strength):
        return Reason.PRINT
    return Reason.LINE if cuts > 1 else None


def _at_full_size(pyramid: Pyramid, found: Found, writing: Writing) -> NDArray[np.uint8] | None:
    if found.scale == 1:
        return None
    left, top, right, bottom = replace(found, writing=writing).sides
    margin = found.scale * MARGIN
    return pyramid.around(left - margin, top - margin, right + margin, bottom + margin)
