"""Boxes are read line by line, and what stands apart in a line is another number."""

from __future__ import annotations

import pytest

from edge_app.finder.order import _numbers, lines_of


def box(x: int, y: int) -> tuple[int, int, int, int]:
    """Of a digit 6 wide and 10 high."""
    return x, y, x + 6, y + 10


def test_pieces_of_a_line_that_are_far_apart_are_one_line_all_the_same() -> None:
    """Far is more than eight heights; so on the first line as on the third."""
    boxes = [box(0, 100), box(300, 102), box(10, 140), box(0, 180), box(400, 178), box(200, 181)]
    assert lines_of(boxes) == [[0, 1], [2], [3, 5, 4]]


def test_a_line_may_slope() -> None:
    boxes = [box(20 * step, 100 + 4 * step) for step in range(10)]
    assert lines_of(boxes) == [list(range(10))]
    assert lines_of([]) == []


@pytest.mark.parametrize(("gap", "expected"), [(6, [[0, 1], [2]]), (8, [[0], [1], [2]])])
def test_digits_that_stand_apart_by_seven_tenths_of_their_height_are_two_numbers(
    gap: int, expected: list[list[int]]
) -> None:
    boxes = [box(50, 100), box(56 + gap, 103), box(200, 100)]
    assert _numbers([0, 1, 2], boxes) == expected
