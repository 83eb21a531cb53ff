"""Search a picture at the scales of the writing on it: small writing in full resolution, large in shrunk pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.found import Found
from edge_app.finder.ink import MARGIN
from edge_app.finder.merging import keep_once
from edge_app.finder.patience import TRACING, Spent, while_time
from edge_app.finder.pyramid import Pyramid
from edge_app.finder.search import search
from edge_app.finder.shape import SHORTEST, WIDEST

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

SPECK: Final = 0.5
"""Height of a piece that is no speck, as a share of the smallest digit's."""
FEWEST: Final = 4
"""Digits fewer than which are next to nothing."""


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
        found = keep_once([*found, *_additions(coarser.found, found)], spent)
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
