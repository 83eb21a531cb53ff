"""Join the parts of digits whose strokes are broken or do not meet."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.patience import JOINING, Spent, never, while_time
from edge_app.finder.shape import is_large_enough
from edge_app.finder.writing import Writing

GAP: Final = 0.09
"""Widest gap in a broken stroke, as a share of the digit's size."""
WIDE_GAP: Final = 0.28
"""The same where the boxes around the parts overlap or all but touch."""
NARROWEST: Final = 3
"""Pixels between digits one above the other; a gap that is no wider may be in a digit of any size."""
FRAGMENT: Final = 0.15
"""Smallest piece that is joined to a digit, as a share of its size."""
FLAT: Final = 0.5
"""Largest height of the bar of a 5, as a share of its width."""
BAR_ABOVE: Final = 0.6
"""How far above the rest the bar of a 5 may begin, as a share of the rest's size."""
BAR_BELOW: Final = 0.35
"""How far below the rest's upper end it may end, as a share of the rest's height."""
BAR_GAP: Final = 0.36
"""Widest gap between the two, as a share of the rest's size."""
BAR_WIDTH: Final = 1.2
"""Largest width of the bar, as a share of the rest's size."""
TALL: Final = 0.6
"""Share of a digit's height from which a piece beside it may be a digit of its own."""
OVERLAP: Final = 0.3
"""Share of their widths by which two digits side by side may overlap."""
TOO_HIGH: Final = 1.35
"""Height of two digits one above the other, in heights of most of the writing."""
HIGH: Final = 0.45
"""Height from which a piece may be a digit of its own, in heights of most of the writing."""
POINTS: Final = 300
"""Points of an outline, at the most, that are looked at to measure a gap."""


def join(pieces: list[Writing], usual: float = math.inf, spent: Spent = never) -> list[Writing]:
    """Join to each piece that may be a digit, the largest first, the smaller ones that seem broken off.

    Args:
        pieces: of ink.
        usual: height in pixels of most of the writing; two high pieces that together are much higher are two digits.
        spent: tells when to leave off.
    """
    ordered = sorted(pieces, key=lambda piece: -piece.size)
    sides = np.array([[p.x, p.y, p.right, p.bottom] for p in ordered]).reshape(-1, 4)
    taken = np.zeros(len(ordered), bool)
    joined = []
    for index, body in while_time(enumerate(ordered), spent, JOINING):
        if taken[index] or not is_large_enough(body):
            continue
        taken[index] = True
        near = np.flatnonzero(_are_near(sides, index, BAR_GAP * body.size) & ~taken)
        parts = [int(i) for i in near if _is_part(ordered[i], body) and not _are_stacked(ordered[i], body, usual)]
        taken[parts] = True
        joined.append(Writing.within(tuple(o for i in (index, *parts) for o in ordered[i].outlines)))
    return joined


def are_beside(one: Writing, other: Writing) -> bool:
    """Tell two digits side by side from two parts of one."""
    shared = min(one.right, other.right) - max(one.x, other.x)
    tall = min(one.height, other.height) > TALL * max(one.height, other.height)
    return tall and shared < OVERLAP * min(one.width, other.width)


def _are_stacked(one: Writing, other: Writing, usual: float) -> bool:
    """Tell two digits one above the other from two parts of one."""
    together = max(one.bottom, other.bottom) - min(one.y, other.y)
    return together > TOO_HIGH * usual and min(one.height, other.height) > HIGH * usual


def _are_near(sides: NDArray[np.int64], index: int, reach: float) -> NDArray[np.bool_]:
    """Tell which boxes, each left, top, right and bottom, are within reach of one of them."""
    x0, y0, x1, y1 = sides.T
    left, top, right, bottom = sides[index]
    level = (y0 <= bottom + reach) & (y1 >= top - reach)
    return np.asarray(level & (x0 <= right + reach) & (x1 >= left - reach))


def _is_part(piece: Writing, body: Writing) -> bool:
    if piece.size < FRAGMENT * body.size or are_beside(piece, body):
        return False
    if _is_bar(piece, body):
        return True
    apart_y = max(piece.y, body.y) - min(piece.bottom, body.bottom)
    apart_x = max(piece.x, body.x) - min(piece.right, body.right)
    if apart_y < NARROWEST and apart_x < 0:
        height = max(piece.bottom, body.bottom) - min(piece.y, body.y)
        return _gap(piece, body) <= WIDE_GAP * height
    return piece.height <= TALL * body.height and _gap(piece, body) <= max(NARROWEST, GAP * body.size)


def _is_bar(piece: Writing, body: Writing) -> bool:
    """Tell the bar of a 5 that is written apart: flat, beside the upper end of the rest, on its right."""
    high = body.y - BAR_ABOVE * body.size <= piece.y and piece.bottom <= body.y + BAR_BELOW * body.height
    right = piece.x > body.x and piece.right > body.right and piece.width <= BAR_WIDTH * body.size
    flat = piece.height <= FLAT * piece.width
    return flat and high and right and _gap(piece, body) <= BAR_GAP * body.size


def _gap(one: Writing, other: Writing) -> float:
    """Shortest distance between two outlines in pixels."""
    between = _points(one)[:, None] - _points(other)[None]
    return float(np.sqrt(np.min(np.sum(between**2, axis=2))))


def _points(writing: Writing) -> NDArray[np.float32]:
    points = np.concatenate(writing.outlines)[:, 0]
    return points[:: -(-len(points) // POINTS)].astype(np.float32)
