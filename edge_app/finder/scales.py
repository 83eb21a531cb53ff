"""Search a picture at the scales of the writing on it: small writing in full resolution, large in shrunk pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import MARGIN, square
from edge_app.finder.joining import OVERLAP
from edge_app.finder.patience import TELLING, TRACING, Spent, while_time
from edge_app.finder.pyramid import Pyramid
from edge_app.finder.search import Search, search
from edge_app.finder.shape import SHORTEST, WIDEST
from edge_app.finder.writing import Writing

TALLEST: Final = 80
"""Height in pixels of the tallest digit that is looked for at one scale."""
SHARED: Final = 0.42
"""Height from which a digit is looked for at all scales but the finest, as a share of the tallest one's."""
LARGE: Final = 0.8
"""Size of a piece of ink that may be part of a digit that a coarser scale looks for, as a share of that height."""
READABLE: Final = 28
"""Height in pixels from which the networks, which see 28 x 28, gain nothing from a finer scale."""
WHOLE: Final = 1280
"""Longer side in pixels of the largest picture that is searched at once."""
TILE: Final = 704
"""Longer side in pixels of the parts in which a larger one is searched, their surroundings aside."""
AROUND: Final = round(0.7 * WIDEST * TALLEST)
"""Width in pixels of a tile's surroundings: a digit whose middle is in the tile lies wholly in both together."""
PART: Final = 0.6
"""Share of its outline that lies on the ink of what it is a part of."""
NEARLY: Final = 0.6
"""Height, as a share of the whole's, from which a part may be a digit by itself."""
MUCH_SURER: Final = 30
"""Difference of mean chances, of 255, from which parts beside or above one another are one digit's strokes."""

SPECK: Final = 0.5
"""Height of a piece that is no speck, as a share of the smallest digit's."""
FEWEST: Final = 4
"""Digits fewer than which are next to nothing."""
HALF: Final = 0.35
"""The same where there are two such parts."""
SEVERAL: Final = 3
"""So many parts may be digits that blurred into one."""
ALIKE: Final = 1.8
"""Height of the highest of them, as a multiple of the lowest one's."""
MUCH: Final = 0.15
"""Share of the whole's ink, swollen by blur, that they make up."""


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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a scale shows.

    Attributes:
        found: the digits.
        smaller: whether there may be more that are too small here.
        larger: whether there may be more that are too large here.
        others: whether there is other ink than digits'.
    """

    found: list[Found]
    smaller: bool
    larger: bool
    others: bool


def search_scales(pyramid: Pyramid, spent: Spent) -> list[Found]:
    """Find what may be digits of any size in a frame.

    The scale follows the writing. The search begins in a picture of moderate size. It goes on in a finer one while
    there are pieces of ink too small to be read, and beyond `WHOLE` only while most of what is found is small, or next
    to nothing is found. Coarser scales look for larger digits, as long as something large is seen. Each scale is
    responsible for a range of heights, and for what a finer one missed; what several scales found is kept once. Where a
    finer scale shows other ink than digits', the coarser ones know of it: a wall's piece may be all that they see.

    Args:
        pyramid: the frame at every size.
        spent: tells when to leave off.
    """
    levels = _levels(pyramid)
    # A ribbon would be too narrow to be read before it is short enough.
    moderate = next((level for level in range(levels) if max(pyramid.shape_of(level)) <= WHOLE), levels - 1)
    finest = min(moderate + 1, levels - 1)
    seen = {finest: _search_tiles(pyramid, finest, spent)}
    while (
        finest > 0
        and not spent(TRACING)
        and (seen[finest].smaller if finest > moderate else _is_small(seen[finest].found))
    ):
        finest -= 1
        seen[finest] = _search_tiles(pyramid, finest, spent)
    found, level, larger, others = seen[finest].found, finest, seen[finest].larger, seen[finest].others
    while level + 1 < levels and (larger or not found) and not spent(TRACING):
        level += 1
        if level not in seen or (others and not seen[level].others):
            seen[level] = _search_tiles(pyramid, level, spent, others=others)
        coarser = seen[level]
        found = _once([*found, *_additions(coarser.found, found)], spent)
        larger, others = coarser.larger, others or coarser.others
    return found


def _levels(pyramid: Pyramid) -> int:
    """Count the sizes, down to that at which a digit that fills the frame has the height looked for."""
    level = 0
    while min(pyramid.shape_of(level)) > TALLEST or max(pyramid.shape_of(level)) > WHOLE:
        if min(pyramid.shape_of(level + 1)) < SHORTEST:
            break
        level += 1
    return level + 1


def _is_small(found: list[Found]) -> bool:
    heights = [one.writing.height for one in found]
    return len(heights) < FEWEST or float(np.median(heights)) < READABLE


def _search_tiles(pyramid: Pyramid, level: int, spent: Spent, *, others: bool = False) -> _Seen:
    """Search a picture in tiles."""
    (height, width), scale = pyramid.shape_of(level), 2**level
    found, smaller, larger, asked = list[Found](), False, False, False
    for (top, bottom), (left, right) in while_time(product(_cores(height), _cores(width)), spent, TRACING):
        y, x = max(0, top - AROUND), max(0, left - AROUND)
        dark = pyramid.part(level, slice(y, bottom + AROUND), slice(x, right + AROUND))
        tile = search(dark, TALLEST, spent, others=others)
        asked = asked or tile.chances is not None
        tiny = any(SPECK * SHORTEST < height < SHARED * TALLEST for height in tile.heights)
        smaller = smaller or tiny
        larger = larger or tile.largest > LARGE * TALLEST
        for writing in tile.writings:
            middle_y = y - MARGIN + (writing.y + writing.bottom) / 2
            middle_x = x - MARGIN + (writing.x + writing.right) / 2
            if top <= middle_y < bottom and left <= middle_x < right:
                found.append(Found(writing, tile, scale, (scale * x, scale * y)))
    return _Seen(found, smaller or asked or not (found or larger), larger or asked, asked)


def _cores(length: int) -> Iterator[tuple[int, int]]:
    """Part a length in equal parts that are no longer than a tile, unless it can be searched at once."""
    count = 1 if length <= WHOLE else -(-length // TILE)
    edges = [round(length * number / count) for number in range(count + 1)]
    yield from pairwise(edges)


def _additions(coarser: list[Found], found: list[Found]) -> list[Found]:
    """What a coarser scale adds: large digits, and those of which nothing was found where they are."""
    sides = np.array([one.sides for one in found]).reshape(-1, 4)
    return [one for one in coarser if one.writing.height >= SHARED * TALLEST or not _meets(one, sides)]


def _meets(one: Found, sides: NDArray[np.int64]) -> bool:
    left, top, right, bottom = one.sides
    across = (sides[:, 0] < right) & (sides[:, 2] > left)
    return bool((across & (sides[:, 1] < bottom) & (sides[:, 3] > top)).any())


def _once(found: list[Found], spent: Spent) -> list[Found]:
    """Keep what was found at several scales once.

    Where ink found at a finer scale is part of what the coarsest one found, the whole is kept, unless a part is nearly
    as high and no stroke of it, or several much alike make up much of it: then neighbours blurred into one. Strokes so
    thick that a finer scale takes their middle for paper leave pieces of their rims there, which are parts all the
    same. Where the ink is no part of the whole, as a digit in a frame, what encloses it is no digit.
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
        if digits or several or len(parts) < len(rivals):
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
