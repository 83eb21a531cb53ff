"""What the picture's edge cuts: digits, and borders and ruled lines that are none."""

from __future__ import annotations

from dataclasses import replace
from operator import and_
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.found import Found
from edge_app.finder.writing import Writing

FEWEST: Final = 4
"""Whole digits from which it is known how strokes are on a page."""
THICK: Final = 1.8
"""Thickness of a stroke at the edge that is part of a border, as a multiple of theirs."""
FAINT: Final = 0.45
"""Strength of a stroke at the edge that is part of a ruled line, as a share of theirs."""
ALONG: Final = 0.6
"""Share of its length over which a strip at the edge runs along it."""
NARROW: Final = 0.5
"""Largest width of such a strip, as a share of its length."""
RIM: Final = 2
"""Pixels at the edge that are looked at."""
LARGEST: Final = 1.1
"""Size of two pieces of one digit together, as a multiple of their height."""


def is_cut(found: Found, shape: tuple[int, ...]) -> bool:
    """Tell whether the edge of a frame of a height and width cuts a digit."""
    return any(_cut_sides(found, shape))


def mend_edges(found: list[Found], shape: tuple[int, ...]) -> list[Found]:
    """Leave out what the edge cuts and is no writing, and join what it cuts in two.

    The stripes of a border are much thicker than the writing, or cut lengthwise; the lines of ruled paper are much
    fainter. A digit's strokes that meet beyond the edge are pieces of one digit if there is no room for two.
    """
    whole = [one for one in found if not is_cut(one, shape)]
    if len(whole) < FEWEST:
        return found
    thickness, strength, height = np.median([(_thickness(w), _strength(w), w.height) for w in whole], axis=0).tolist()
    mended = list[Found]()
    for one in found:
        if is_cut(one, shape):
            border = _thickness(one) > THICK * thickness or _is_strip(one, shape)
            if border or _strength(one) < FAINT * strength:
                continue
            pieces = (at for at, other in enumerate(mended) if _are_pieces(one, other, shape, LARGEST * height))
            partner = next(pieces, None)
            if partner is not None:
                mended[partner] = _joined(mended[partner], one)
                continue
        mended.append(one)
    return mended


def _cut_sides(found: Found, shape: tuple[int, ...]) -> tuple[bool, bool, bool, bool]:
    left, top, right, bottom = found.sides
    return left <= 0, top <= 0, right >= shape[1] - found.scale, bottom >= shape[0] - found.scale


def _is_strip(found: Found, shape: tuple[int, ...]) -> bool:
    """Tell what the edge cuts lengthwise, so that nobody knows what it was."""
    left, top, right, bottom = _cut_sides(found, shape)
    upright = found.writing.draw() > 0
    return _runs_along(upright, first=left, last=right) or _runs_along(upright.T, first=top, last=bottom)


def _runs_along(drawn: NDArray[np.bool_], *, first: bool, last: bool) -> bool:
    """Tell a narrow upright strip whose first or last columns are inked over most of its height."""
    height, width = drawn.shape
    ends = [end.any(axis=1).mean() for end, cut in ((drawn[:, :RIM], first), (drawn[:, -RIM:], last)) if cut]
    return width <= NARROW * height and max(ends, default=0.0) >= ALONG


def _are_pieces(one: Found, other: Found, shape: tuple[int, ...], largest: float) -> bool:
    """Tell whether the same side cuts both, and both together are no larger than one digit."""
    if one.search is not other.search:
        return False
    same = any(map(and_, _cut_sides(one, shape), _cut_sides(other, shape)))
    return same and one.scale * _joined(one, other).writing.size <= largest


def _joined(one: Found, other: Found) -> Found:
    return replace(one, writing=Writing.within(one.writing.outlines + other.writing.outlines))


def _thickness(found: Found) -> float:
    """Half the thickness of the thickest stroke in pixels of the frame."""
    drawn = found.writing.draw(1)
    return found.scale * cv2.minMaxLoc(cv2.distanceTransform(drawn, cv2.DIST_L2, cv2.DIST_MASK_3))[1]


def _strength(found: Found) -> float:
    return found.writing.mean(found.search.ink.strength)
