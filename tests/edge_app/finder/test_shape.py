"""Strokes are told from blots by their shape; around a picture is bare paper."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder.ink import MARGIN, Ink, with_margin
from edge_app.finder.patience import never
from edge_app.finder.shape import _is_drawn, is_large_enough, is_wall, like_digits
from edge_app.finder.writing import Writing, outline

Drawn = tuple[NDArray[np.uint8], Writing]


@pytest.mark.parametrize(("height", "drawn"), [(40, False), (70, False), (100, True), (300, True)])
def test_what_fills_its_hull_is_a_blot_unless_it_is_more_than_twice_as_long_as_wide(height: int, drawn: bool) -> None:  # noqa: FBT001
    mask = np.zeros((320, 60), np.uint8)
    mask[10 : 10 + height, 10:50] = 1
    (bar,) = outline(mask, 1, (0, 0))
    assert _is_drawn(bar) == drawn


def test_the_margin_is_bare_paper_of_the_edges_brightness() -> None:
    strength, paper = np.random.default_rng(0).integers(1, 255, (2, 5, 7), np.uint8)
    wide = with_margin(Ink(strength, paper))
    np.testing.assert_array_equal(wide.strength, np.pad(strength, MARGIN))
    np.testing.assert_array_equal(wide.paper, np.pad(paper, MARGIN, mode="edge"))


def test_a_ring_is_drawn() -> None:
    rows, columns = np.mgrid[:60, :60] - 30
    radius = np.hypot(rows, columns)
    (ring,) = outline(((radius < 25) & (radius > 18)).astype(np.uint8), 1, (0, 0))
    (disc,) = outline((radius < 25).astype(np.uint8), 1, (0, 0))
    assert _is_drawn(ring)
    assert not _is_drawn(disc)


def bar(*, left: int = 40, top: int = 40, width: int = 6, height: int = 40, strength: int = 200) -> Drawn:
    drawn = np.zeros((120, 120), np.uint8)
    drawn[top : top + height, left : left + width] = strength
    (writing,) = outline(drawn, 1)
    return drawn, writing


@pytest.mark.parametrize(
    ("width", "height", "enough"), [(2, 14, True), (2, 13, False), (30, 14, True), (31, 14, False), (44, 20, True)]
)
def test_a_digit_is_fourteen_pixels_high_and_at_most_two_and_a_fifth_times_as_wide(
    width: int,
    height: int,
    enough: bool,  # noqa: FBT001 - a case
) -> None:
    assert is_large_enough(bar(width=width, height=height)[1]) == enough


def test_a_stroke_whose_ink_goes_on_beyond_both_ends_is_a_piece_of_a_line() -> None:
    strength, one = bar()
    assert like_digits([one], strength, None, never) == [one]
    strength[0:38, 40:46] = 130
    assert like_digits([one], strength, None, never) == [one]
    strength[82:120, 40:46] = 130
    assert like_digits([one], strength, None, never) == []
    faint = np.where(strength == 130, 100, strength).astype(np.uint8)  # half as strong is no part of it
    assert like_digits([one], faint, None, never) == [one]


def test_a_slanting_line_goes_on_along_its_slope() -> None:
    line = np.zeros((200, 200), np.uint8)
    for row in range(200):
        line[row, 60 + row // 4 : 66 + row // 4] = 200
    part = line.copy()
    part[:70] = part[130:] = 0
    (piece,) = outline(part, 1)
    assert like_digits([piece], line, None, never) == []
    assert like_digits([piece], part, None, never) == [piece]


def test_what_has_much_ink_around_is_a_part_of_something_larger() -> None:
    strength, one = bar(width=20)
    assert like_digits([one], strength, None, never) == [one]
    strength[30:90, 62:66] = 200
    strength[30:90, 34:38] = 200
    assert like_digits([one], strength, None, never) == []
    corner, at = bar(left=0, top=0, width=20)
    assert like_digits([at], corner, None, never) == [at]


def test_what_encloses_another_is_no_digit() -> None:
    strength = np.zeros((120, 120), np.uint8)
    cv2.rectangle(strength, (10, 10), (100, 110), 200, 2)
    cv2.line(strength, (50, 40), (60, 80), 200, 4)
    frame, one = sorted(outline(strength, 1), key=lambda piece: -piece.size)
    assert like_digits([frame, one], strength, None, never) == [one]
    assert like_digits([frame], strength, None, never) == [frame]


def test_a_wall_meets_lines_as_dark_as_itself_at_both_ends() -> None:
    strength, wall = bar(height=50)
    assert not is_wall(wall, strength)
    strength[34:40] = strength[90:96] = 160
    assert is_wall(wall, strength)
    strength[90:96] = 140
    assert not is_wall(wall, strength)
    assert not is_wall(bar(width=21, height=50)[1], np.full((120, 120), 200, np.uint8))


def test_thin_lines_that_are_nobodys_do_not_crowd_what_is_surely_a_digit() -> None:
    strength, one = bar()
    x, y = one.x - 4, one.y - 4
    for thick, sure, kept in ((2, 226, True), (2, 224, False), (8, 226, False)):
        boxed = strength.copy()
        boxed[y - thick : one.bottom + 4 + thick, x - thick : one.right + 4 + thick] = 200
        boxed[y : one.bottom + 4, x : one.right + 4] = strength[y : one.bottom + 4, x : one.right + 4]
        chances = np.where(strength > 0, sure, 10).astype(np.uint8)
        assert like_digits([one], boxed, None, never) == []
        assert like_digits([one], boxed, chances, never) == ([one] if kept else [])
