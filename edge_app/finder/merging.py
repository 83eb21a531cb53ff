"""Keep once what several scales of the search found."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.found import Found
from edge_app.finder.ink import MARGIN, square
from edge_app.finder.joining import OVERLAP
from edge_app.finder.patience import TELLING, Spent, while_time
from edge_app.finder.writing import Writing

PART: Final = 0.6
"""Share of its outline that lies on the ink of what it is a part of."""
NEARLY: Final = 0.6
"""Height, as a share of the whole's, from which a part may be a digit by itself."""
HALF: Final = 0.35
"""The same where there are two such parts."""
SEVERAL: Final = 3
"""So many parts may be digits that blurred into one."""
ALIKE: Final = 1.8
"""Height of the highest of them, as a multiple of the lowest one's."""
MUCH: Final = 0.15
"""Share of the whole's ink, swollen by blur, that they make up."""
UNLIKELY: Final = 75
"""Mean chance, of 255, below which a whole gives way to whatever a finer scale shows in its place."""
MUCH_SURER: Final = 30
"""Difference of mean chances, of 255, from which parts beside or above one another are one digit's strokes, and from
which many parts are digits and the whole is none."""
MANY: Final = 6
"""So many parts may be the digits of a grid; a large digit on rough paper has a few, too."""


def keep_once(found: list[Found], spent: Spent) -> list[Found]:
    """Keep what was found at several scales once.

    Where ink found at a finer scale is part of what the coarsest one found, the whole is kept, unless a part is nearly
    as high and no stroke of it, or several much alike make up much of it: then neighbours blurred into one. Strokes so
    thick that a finer scale takes their middle for paper leave pieces of their rims there, which are parts all the
    same. Where many parts are much surer than the whole, as in a grid, or the ink is no part of it, as a digit in a
    frame, what encloses them is no digit.
    """
    sides = np.array([one.sides for one in found], float).reshape(-1, 4)
    scales = np.array([one.scale for one in found])
    kept = np.ones(len(found), bool)
    for index in while_time(np.flatnonzero(scales == scales.max(initial=0)).tolist(), spent, TELLING):
        shared = np.minimum(sides[:, 2:], sides[index, 2:]) - np.maximum(sides[:, :2], sides[index, :2])
        rivals = np.flatnonzero(kept & (scales < scales[index]) & (shared > 0).all(axis=1)).tolist()
        parts = [rival for rival in rivals if _shared_ink(found[rival], found[index]) > PART]
        heights = sides[parts, 3] - sides[parts, 1]
        whole = sides[index, 3] - sides[index, 1]
        tall = bool((heights > NEARLY * whole).any() or np.count_nonzero(heights > HALF * whole) > 1)
        high = [found[part] for part, height in zip(parts, heights, strict=True) if height > HALF * whole]
        digits = tall and not _are_strokes(high, found[index])
        alike = len(parts) >= SEVERAL and heights.max() < ALIKE * heights.min()
        several = alike and sum(_ink(found[part]) for part in parts) > MUCH * _ink(found[index])
        unlikely = bool(rivals) and _sureness(found[index]) < UNLIKELY
        grid = _are_surer([found[part] for part in parts], found[index])
        if digits or several or unlikely or grid or len(parts) < len(rivals):
            kept[index] = False
        else:
            kept[parts] = False
    return [found[index] for index in np.flatnonzero(kept)]


def _are_strokes(parts: list[Found], whole: Found) -> bool:
    """Tell strokes of one digit from digits: the network is surer of the whole, much surer where they lie apart."""
    sides = np.array([part.sides for part in parts], float)
    shared = np.minimum(sides[:, None, 2:], sides[:, 2:]) - np.maximum(sides[:, None, :2], sides[:, :2])
    lengths = sides[:, 2:] - sides[:, :2]
    apart = bool((shared < OVERLAP * np.minimum(lengths[:, None], lengths)).any())
    return _sureness(whole) - max(_sureness(part) for part in parts) > (MUCH_SURER if apart else 0)


def _are_surer(parts: list[Found], whole: Found) -> bool:
    """Tell the digits of a grid, of most of which the network is much surer than of what it all comes to."""
    if len(parts) < MANY:
        return False
    return float(np.median([_sureness(part) for part in parts])) - _sureness(whole) > MUCH_SURER


def _sureness(found: Found) -> float:
    """Mean chance that its ink is a digit's, 0 to 255; the highest where nothing else is in sight."""
    return 255.0 if found.search.chances is None else found.writing.mean(found.search.chances)


def _ink(found: Found) -> int:
    """Area of the ink in pixels of the frame."""
    return found.scale**2 * cv2.countNonZero(found.writing.draw())


def _shared_ink(fine: Found, coarse: Found) -> float:
    """Share of a fine find's outline that lies on the largest piece of a coarser one."""
    points = np.concatenate(fine.writing.outlines)[:, 0] - MARGIN
    there = (np.array(fine.corner) + fine.scale * points - coarse.corner) // coarse.scale + MARGIN
    whole = coarse.writing
    left, top, _, _ = box = _around(there, whole)
    _, pieces, statistics, _ = cv2.connectedComponentsWithStats(whole.draw_within(*box))
    largest = 1 + int(statistics[1:, cv2.CC_STAT_AREA].argmax())
    drawn = cv2.dilate((pieces == largest).astype(np.uint8), square(3))
    return float(drawn[there[:, 1] - top, there[:, 0] - left].mean())


def _around(points: NDArray[np.int64], writing: Writing) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a box around points, [n, 2], and a writing."""
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return min(left, writing.x), min(top, writing.y), max(right + 1, writing.right), max(bottom + 1, writing.bottom)
