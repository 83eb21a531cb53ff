"""What the picture's edge cuts: digits, and borders that are none."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from edge_app.finder.scales import Found

FEWEST: Final = 4
"""Whole digits from which it is known how thick strokes are on a page."""
THICK: Final = 1.8
"""Thickness of a stroke at the edge that is part of a border, as a multiple of that."""


def is_cut(found: Found, shape: tuple[int, ...]) -> bool:
    """Tell whether the edge of a frame of a height and width cuts a digit."""
    left, top, right, bottom = found.sides
    return min(left, top) <= 0 or right >= shape[1] - found.scale or bottom >= shape[0] - found.scale


def without_borders(found: list[Found], shape: tuple[int, ...]) -> list[Found]:
    """Leave out what the edge cuts and what is much thicker than the writing, as the stripes of a border are."""
    whole = [_thickness(one) for one in found if not is_cut(one, shape)]
    if len(whole) < FEWEST:
        return found
    most = THICK * float(np.median(whole))
    return [one for one in found if not is_cut(one, shape) or _thickness(one) <= most]


def _thickness(found: Found) -> float:
    """Thickness of the thickest stroke in pixels of the frame."""
    drawn = found.writing.draw(1)
    return found.scale * 2 * cv2.minMaxLoc(cv2.distanceTransform(drawn, cv2.DIST_L2, cv2.DIST_MASK_3))[1]
