"""What one picture shows of a height or less."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.finder.ink import MARGIN
from edge_app.finder.patience import never
from edge_app.finder.search import search

Rectangle = tuple[int, int, int, int]

TALLEST = 80


def found(*strokes: Rectangle) -> tuple[list[Rectangle], tuple[int, ...], int]:
    """Search a picture for dark strokes: boxes, heights of all pieces and the largest size."""
    dark = np.full((200, 300), 220, np.uint8)
    for x, y, width, height in strokes:
        dark[y : y + height, x : x + width] = 60
    seen = search(dark, TALLEST, never)
    assert seen.chances is None
    boxes = sorted((one.x - MARGIN, one.y - MARGIN, one.width, one.height) for one in seen.writings)
    return boxes, tuple(sorted(seen.heights)), seen.largest


@pytest.mark.parametrize("height", [79, 80, 81])
def test_what_is_higher_than_the_tallest_digit_is_left_to_a_coarser_scale(height: int) -> None:
    stroke = (50, 40, 8, height)
    assert found(stroke) == ([stroke] if height <= 80 else [], (height,), height)


def arch(width: int) -> list[Rectangle]:
    return [(40, 40, width, 6), (40, 40, 6, 60), (34 + width, 40, 6, 60)]


@pytest.mark.parametrize("width", [99, 100, 101])
def test_what_is_a_quarter_larger_than_the_tallest_digit_is_none(width: int) -> None:
    assert found(*arch(width)) == ([(40, 40, width, 60)] if width <= 100 else [], (60,), width)


def test_pieces_are_counted_one_by_one_and_the_largest_is_what_they_make_together() -> None:
    assert found((50, 40, 10, 14), (50, 58, 10, 58)) == ([(50, 40, 10, 76)], (14, 58), 76)
    assert found() == ([], (), 0)
