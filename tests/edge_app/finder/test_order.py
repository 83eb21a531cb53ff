"""Boxes are read line by line, and what stands apart in a line is another number."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.finder.digit import Place
from edge_app.finder.found import Found
from edge_app.finder.ink import MARGIN, Ink
from edge_app.finder.order import _numbers, in_reading_order, lines_of
from edge_app.finder.search import Search
from edge_app.finder.writing import Writing


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


@pytest.mark.parametrize(("gap", "expected"), [(7, [[0, 1], [2]]), (8, [[0], [1], [2]])])
def test_digits_that_stand_apart_by_seven_tenths_of_their_height_are_two_numbers(
    gap: int, expected: list[list[int]]
) -> None:
    boxes = [box(50, 100), box(56 + gap, 103), box(200, 100)]
    assert _numbers([0, 1, 2], boxes) == expected


def found_at(*boxes: tuple[int, int, int, int]) -> list[Found]:
    nothing = np.zeros((1, 1), np.uint8)
    search = Search(Ink(nothing, nothing), None, [], (), 0)
    return [
        Found(Writing((), left + MARGIN, top + MARGIN, right - left, bottom - top), search, 1, (0, 0))
        for left, top, right, bottom in boxes
    ]


def test_lines_numbers_and_columns_are_counted() -> None:
    found = found_at(box(100, 50), box(0, 50), box(8, 51), box(104, 80), box(2, 80), box(60, 81), box(400, 52))
    ordered = in_reading_order(found)
    assert [found.index(one) for one, _ in ordered] == [1, 2, 0, 6, 4, 5, 3]
    assert [place for _, place in ordered] == [
        Place(0, 0, 0),
        Place(0, 0, 0),
        Place(0, 1, 2),
        Place(0, 2, 3),
        Place(1, 0, 0),
        Place(1, 1, 1),
        Place(1, 2, 2),
    ]
    assert in_reading_order([]) == []


def test_columns_touch_where_one_ends_where_the_next_begins() -> None:
    def columns(*boxes: tuple[int, int, int, int]) -> list[int]:
        return [place.column for _, place in in_reading_order(found_at(*boxes))]

    assert columns(box(0, 0), box(6, 40), box(5, 80)) == [0, 0, 0]  # the third overlaps both
    assert columns(box(0, 0), box(6, 40)) == [0, 1]


def test_a_neighbour_in_a_line_is_at_most_half_a_height_higher_or_lower() -> None:
    assert lines_of([box(0, 100), box(10, 105)]) == [[0, 1]]
    assert len(lines_of([box(0, 100), box(10, 106)])) == 2
    tall = (10, 90, 16, 114)  # 24 high; half of that counts
    assert lines_of([box(0, 100), tall]) == [[0, 1]]


def test_neighbours_are_at_most_eight_heights_apart_and_the_nearest_comes_first() -> None:
    assert lines_of([box(80, 100), box(0, 100)]) == [[1, 0]]
    assert lines_of([box(0, 100), box(40, 101), box(20, 99)]) == [[0, 2, 1]]
    assert lines_of([box(0, 100), box(0, 140)]) == [[0], [1]]


@pytest.mark.parametrize(("apart", "lines"), [(80, [[0, 1, 2]]), (81, [[0, 1], [2]])])
def test_a_line_slopes_from_neighbour_to_neighbour_at_most_eight_heights_away(
    apart: int, lines: list[list[int]]
) -> None:
    """Each is five pixels lower than the one before, the third too low for the line of the first."""
    assert lines_of([box(0, 100), box(apart, 105), box(2 * apart, 110)]) == lines


def test_neighbours_may_all_but_cover_one_another() -> None:
    assert lines_of([box(0, 100), box(1, 105), box(2, 110)]) == [[0, 1, 2]]


@pytest.mark.parametrize(("lower", "lines"), [(105, [[0, 1]]), (106, [[0], [1]])])
def test_pieces_of_a_line_are_level_by_half_a_height(lower: int, lines: list[list[int]]) -> None:
    assert lines_of([box(0, 100), box(500, lower)]) == lines
