"""Strokes are told from blots by their shape; around a picture is bare paper."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder.ink import MARGIN, Ink, with_margin
from edge_app.finder.patience import never
from edge_app.finder.shape import _is_drawn, is_large_enough, is_wall, like_digits, usual_height
from edge_app.finder.writing import Writing, outline

Drawn = tuple[NDArray[np.uint8], Writing]


@pytest.mark.parametrize(
    ("heights", "usual"),
    [([14, 14, 20, 30, 90], 20), ([13, 13, 13, 13, 14, 14, 20, 30, 90], 20), ([14] * 5, 14), ([14] * 4, math.inf)],
)
def test_the_usual_height_is_the_median_of_five_pieces_or_more_that_may_be_digits(
    heights: list[int], usual: float
) -> None:
    assert usual_height([Writing((), 0, 0, 5, height) for height in heights]) == usual


@pytest.mark.parametrize(
    ("height", "drawn"), [(40, False), (70, False), (79, False), (80, True), (100, True), (300, True)]
)
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


def test_what_covers_ninety_three_hundredths_of_its_hull_is_a_blot() -> None:
    """Of 9 x 12 pixels the hull, between their centres, and the height are 88 + 12; a hole of 15 leaves 93 of them."""
    mask = np.zeros((20, 20), np.uint8)
    mask[2:14, 3:12] = 1
    mask[6:11, 6:9] = 0
    assert not _is_drawn(outline(mask, 1)[0])
    mask[11, 6] = 0
    assert _is_drawn(outline(mask, 1)[0])


def test_what_is_too_wide_or_a_blot_is_no_digit() -> None:
    for width, height in ((60, 20), (30, 30)):
        strength, one = bar(width=width, height=height)
        assert like_digits([one], strength, None, never) == []


def goes_on(one: Writing, strength: NDArray[np.uint8]) -> bool:
    return like_digits([one], strength, None, never) == []


def test_a_stroke_whose_ink_goes_on_beyond_both_ends_is_a_piece_of_a_line() -> None:
    """Ink counts from six tenths of the stroke's own strength: 120 of 200."""
    strength, one = bar()
    assert not goes_on(one, strength)
    strength[0:38, 40:46] = 130
    assert not goes_on(one, strength)
    strength[82:120, 40:46] = 130
    assert goes_on(one, strength)
    for level in (121, 120):
        assert goes_on(one, np.where(strength == 130, level, strength).astype(np.uint8)) == (level == 121)


def test_what_is_wider_than_two_fifths_of_its_height_is_no_piece_of_a_line() -> None:
    for width in (16, 17):
        strength, one = bar(width=width)
        strength[:, one.x + 4 : one.x + 8] = 200
        assert goes_on(one, strength) == (width == 16)


def test_a_line_goes_on_straight_give_or_take_a_pixel() -> None:
    for aside in range(-3, 4):
        strength, one = bar(width=1)
        strength[:40, 40 + aside] = strength[80:, 40 + aside] = 200
        assert goes_on(one, strength) == (abs(aside) <= 1)


def test_seven_tenths_of_what_lies_a_fifth_of_the_height_beyond_its_end_are_inked_if_a_line_goes_on() -> None:
    """Of a height of 50 that is ten pixels, after the first four that may be a digit's own faded end."""
    for end in ("above", "below"):
        for count in (6, 7, 10):
            strength, one = bar(width=2, height=50)
            strength[:40, 40:42] = strength[90:, 40:42] = 200
            gap = slice(36 - 10, 36 - count) if end == "above" else slice(94 + count, 94 + 10)
            strength[gap] = 0
            assert goes_on(one, strength) == (count >= 7)
            strength[36:40] = strength[90:94] = 0  # the gap that ink may have at a faded end
            assert goes_on(one, strength) == (count >= 7)


@pytest.mark.parametrize(("inked", "expected"), [((5, 6, 7), True), ((5, 6, 8), True), ((5, 6), False)])
def test_at_least_four_pixels_are_looked_at_beyond_a_short_one(inked: tuple[int, ...], expected: bool) -> None:  # noqa: FBT001
    strength, one = bar(width=2, height=14)
    for step in inked:
        strength[40 - step, 40:42] = strength[53 + step, 40:42] = 200
    assert goes_on(one, strength) == expected


def framed(left: int, top: int, height: int) -> tuple[NDArray[np.uint8], Writing]:
    """A line from the upper edge of a picture of 120 x 90 pixels to the lower one, and a piece of it."""
    strength = np.zeros((120, 90), np.uint8)
    strength[top : top + height, left] = 200
    (one,) = outline(strength, 1)
    strength[:, left] = 200
    return strength, one


@pytest.mark.parametrize(("top", "expected"), [(11, True), (10, False), (58, True), (59, True), (60, False)])
def test_beyond_the_upper_and_the_lower_edge_nothing_goes_on(top: int, expected: bool) -> None:  # noqa: FBT001 - a case
    strength, one = framed(40, top, 50)
    assert goes_on(one, strength) == expected


@pytest.mark.parametrize(("left", "expected"), [(0, False), (1, True), (88, True), (89, False)])
def test_along_the_edge_nothing_is_known_to_go_on(left: int, expected: bool) -> None:  # noqa: FBT001 - a case
    strength, one = framed(left, 40, 40)
    assert goes_on(one, strength) == expected


@pytest.mark.parametrize("slope", [0.375, -0.375])
def test_a_fine_steep_line_goes_on_where_its_slope_leads(slope: float) -> None:
    def column(row: int) -> int:
        return round(100 + slope * (row - 100))

    line = np.zeros((200, 200), np.uint8)
    for row in range(200):
        line[row, column(row)] = 200
    part = line.copy()
    part[:60] = part[140:] = 0
    (piece,) = outline(part, 1)
    assert goes_on(piece, line)
    for shift in (-2, 2):  # a line beside it is another
        beside = np.roll(line, shift, axis=1)
        beside[60:140] = part[60:140]
        assert not goes_on(piece, beside)


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


@pytest.mark.parametrize(
    ("left", "top", "halo"),
    [
        (40, 40, 30 * 50 - 24 * 44),
        (0, 0, 25 * 45 - 22 * 42),
        (100, 80, 25 * 45 - 22 * 42),
        (4, 3, 29 * 48 - 24 * 44),
    ],
)
def test_a_quarter_of_what_is_three_to_five_pixels_around_is_inked_then(left: int, top: int, halo: int) -> None:
    """Around a bar of 20 x 40 pixels, as far as that is in the picture; ink counts from six tenths of its strength."""
    strength, one = bar(left=left, top=top, width=20)
    rows, columns = np.mgrid[:120, :120]
    apart = np.maximum(
        np.maximum(one.y - rows, rows - one.bottom + 1), np.maximum(one.x - columns, columns - one.right + 1)
    )
    around = np.argwhere((apart >= 3) & (apart <= 5))
    assert len(around) == halo
    enough = -(-halo // 4)
    for order in (around, around[::-1], around[np.argsort(around[:, 1])], around[np.argsort(-around[:, 1])]):
        for count, level, alone in ((enough - 1, 255, True), (enough, 121, False), (enough, 120, True)):
            crowded = strength.copy()
            crowded[tuple(order[:count].T)] = level
            assert like_digits([one], crowded, None, never) == ([one] if alone else [])
    near = strength.copy()
    near[(apart == 1) | (apart == 2) | (apart == 6)] = 255
    assert like_digits([one], near, None, never) == [one]


def test_what_encloses_another_is_no_digit() -> None:
    strength = np.zeros((120, 120), np.uint8)
    cv2.rectangle(strength, (10, 10), (100, 110), 200, 2)
    cv2.line(strength, (50, 40), (60, 80), 200, 4)
    frame, one = sorted(outline(strength, 1), key=lambda piece: -piece.size)
    assert like_digits([frame, one], strength, None, never) == [one]
    assert like_digits([frame], strength, None, never) == [frame]


def test_a_wall_meets_lines_as_dark_as_itself_at_both_ends() -> None:
    """From three quarters of its own strength: 150 of 200."""
    strength, wall = bar(height=50)
    assert not is_wall(wall, strength)
    strength[34:40] = strength[90:96] = 151
    assert is_wall(wall, strength)
    for end in (slice(34, 40), slice(90, 96)):
        fainter = strength.copy()
        fainter[end] = 150
        assert not is_wall(wall, fainter)
    everywhere = np.full((120, 120), 200, np.uint8)
    assert is_wall(bar(width=20, height=50)[1], everywhere)
    assert not is_wall(bar(width=21, height=50)[1], everywhere)


@pytest.mark.parametrize(("inked", "wall"), [((1, 2, 3), True), ((1, 2), False), ((2, 3), False), ((3, 4, 5), False)])
def test_a_wall_meets_them_right_beyond_its_ends(inked: tuple[int, ...], wall: bool) -> None:  # noqa: FBT001 - a case
    """Three of four pixels are inked."""
    strength, one = bar(height=50)
    for step in inked:
        strength[40 - step] = strength[89 + step] = 200
    assert is_wall(one, strength) == wall


def boxed(thick: int, line: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Writing]:
    """A digit in a box of lines of a thickness; the chances of the lines are given, the digit's are 200."""
    strength, one = bar(width=20)
    x, y = one.x - 4, one.y - 4
    box = strength.copy()
    box[y - thick : one.bottom + 4 + thick, x - thick : one.right + 4 + thick] = 200
    box[y : one.bottom + 4, x : one.right + 4] = strength[y : one.bottom + 4, x : one.right + 4]
    return box, np.where(strength > 0, 200, line).astype(np.uint8), one


@pytest.mark.parametrize(("thick", "line", "kept"), [(6, 127, True), (7, 127, False), (6, 128, False)])
def test_thin_lines_that_are_nobodys_do_not_crowd_what_is_likely_a_digit(thick: int, line: int, kept: bool) -> None:  # noqa: FBT001
    strength, chances, one = boxed(thick, line)
    assert like_digits([one], strength, None, never) == []
    assert like_digits([one], strength, chances, never) == ([one] if kept else [])
    assert like_digits([one], strength, np.maximum(chances, 240 * (chances == 200)), never) == ([one] if kept else [])
    likely = np.where(chances == 200, 150, chances).astype(np.uint8)
    assert like_digits([one], strength, likely, never) == ([one] if kept else [])
    less_sure = np.where(chances == 200, 149, chances).astype(np.uint8)
    assert like_digits([one], strength, less_sure, never) == []
