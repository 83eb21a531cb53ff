"""Which pieces of ink are joined to one digit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge_app.finder.joining import are_beside, join
from edge_app.finder.writing import Writing, outline

Rectangle = tuple[int, int, int, int]


def pieces(*rectangles: Rectangle) -> list[Writing]:
    """A piece of ink for each rectangle: left, top, width and height."""
    drawn = np.zeros((400, 400), np.uint8)
    for x, y, width, height in rectangles:
        cv2.rectangle(drawn, (x, y), (x + width - 1, y + height - 1), 255, cv2.FILLED)
    return outline(drawn, 1)


def joined(*rectangles: Rectangle, usual: float = float("inf")) -> list[Rectangle]:
    found = join(pieces(*rectangles), usual)
    return sorted((one.x, one.y, one.width, one.height) for one in found)


def test_a_gap_in_a_stroke_is_bridged_up_to_a_share_of_the_digit() -> None:
    body = (50, 60, 40, 60)
    assert joined(body, (60, 42, 30, 14)) == [(50, 42, 40, 78)]
    assert joined(body, (60, 20, 30, 14)) == [(50, 60, 40, 60), (60, 20, 30, 14)]


def test_what_is_too_small_for_a_digit_makes_none_alone_or_with_its_like() -> None:
    assert joined((50, 50, 4, 4)) == []
    assert joined((50, 50, 4, 4), (50, 56, 4, 4)) == []


def test_a_speck_beside_a_digit_is_no_part_of_it() -> None:
    assert joined((50, 50, 30, 60), (82, 80, 5, 5)) == [(50, 50, 30, 60)]


def test_digits_side_by_side_stay_two_however_near() -> None:
    one, other = (50, 50, 30, 60), (82, 50, 30, 60)
    assert joined(one, other) == [one, other]
    assert are_beside(*pieces(one, other))
    assert not are_beside(*pieces((50, 50, 30, 60), (82, 50, 30, 30)))  # half as high


def test_digits_one_above_the_other_stay_two_where_writing_is_usually_as_high_as_one() -> None:
    upper, lower = (50, 50, 30, 40), (50, 92, 30, 40)
    assert joined(upper, lower) == [(50, 50, 30, 82)]
    assert joined(upper, lower, usual=40) == [upper, lower]
    assert joined(upper, (50, 92, 30, 16), usual=40) == [(50, 50, 30, 58)]  # too low for a digit of its own


def boxed(x: int, y: int, width: int, height: int) -> Writing:
    return Writing((), x, y, width, height)


def test_two_are_side_by_side_where_they_are_about_as_high_and_hardly_overlap() -> None:
    """More than six tenths as high, by less than three tenths of the narrower one's width."""
    one = boxed(50, 50, 30, 60)
    for height, shared, expected in ((37, 0, True), (36, 0, False), (37, 2, True), (37, 3, False)):
        for other in (boxed(80 - shared, 60, 10, height), boxed(50 - 10 + shared, 40, 10, height)):
            assert are_beside(one, other) == are_beside(other, one) == expected


@pytest.mark.parametrize("side", [15, 14])
def test_what_is_joined_is_at_least_fifteen_hundredths_as_large(side: int) -> None:
    body, piece = (50, 50, 50, 100), (60, 152, side, side)
    assert joined(body, piece) == ([(50, 50, 50, 102 + side)] if side == 15 else [body, piece])


@pytest.mark.parametrize(("size", "reach"), [(100, 9), (20, 3)])
def test_beside_a_digit_a_gap_is_nine_hundredths_of_its_size_or_three_pixels(size: int, reach: int) -> None:
    """Measured from pixel to pixel, so that a gap of n bare ones is n + 1."""
    width, low = size // 2, size // 5
    for gap, whole in ((reach - 1, True), (reach, False)):
        for body, piece, together in (
            ((100, 100, width, size), (100 + width + gap, 110, 8, low), (100, 100, width + gap + 8, size)),
            ((100, 100, width, size), (100 - gap - 8, 110, 8, low), (92 - gap, 100, width + gap + 8, size)),
        ):
            assert (joined(body, piece) == [together]) == whole


@pytest.mark.parametrize("above", [False, True])
def test_so_it_is_above_and_below(above: bool) -> None:  # noqa: FBT001 - a case
    body = (100, 100, 50, 100)
    for gap, whole in ((8, True), (9, False)):
        piece = (110, 100 - gap - 18 if above else 200 + gap, 16, 18)
        together = (100, min(100, piece[1]), 50, 118 + gap)
        assert (joined(body, piece) == [together]) == whole


def test_a_piece_beside_a_digit_is_its_part_up_to_six_tenths_of_its_height() -> None:
    body = (50, 50, 30, 60)
    assert joined(body, (83, 60, 10, 36)) == [(50, 50, 43, 60)]
    assert joined(body, (83, 60, 10, 37)) == [body, (83, 60, 10, 37)]


@pytest.mark.parametrize(("apart", "whole"), [(28, True), (30, False)])
def test_where_boxes_overlap_a_gap_is_twenty_eight_hundredths_of_the_height_of_both(apart: int, whole: bool) -> None:  # noqa: FBT001
    corner = np.zeros((300, 300), np.uint8)
    corner[50:150, 50:60] = corner[140:150, 50:130] = 255
    corner[60:80, 59 + apart : 79 + apart] = 255
    found = join(outline(corner, 1))
    assert sorted((one.width, one.height) for one in found) == ([(80, 100)] if whole else [(20, 20), (80, 100)])
    corner[30:80, 59 + apart : 79 + apart] = 255  # 120 high together, so that 33 are bridged
    assert len(join(outline(corner, 1))) == 1


@pytest.mark.parametrize(("gap", "whole"), [(2, True), (3, False)])
def test_pieces_one_above_the_other_of_which_none_is_low_are_one_digit_where_they_all_but_touch(
    gap: int,
    whole: bool,  # noqa: FBT001 - a case
) -> None:
    upper, lower = (50, 50, 40, 20), (50, 70 + gap, 40, 30)
    assert joined(upper, lower) == ([(50, 50, 40, 50 + gap)] if whole else [upper, lower])


@pytest.mark.parametrize(("left", "whole"), [(93, True), (94, False)])
def test_only_what_is_above_or_below_it_all_but_touches(left: int, whole: bool) -> None:  # noqa: FBT001 - a case
    body, piece = (50, 100, 44, 20), (left, 122, 10, 36)
    assert joined(body, piece) == ([(50, 100, left - 40, 58)] if whole else [body, piece])


@pytest.mark.parametrize(("upper", "lower", "two"), [(26, 26, False), (26, 27, True), (18, 38, False), (19, 38, True)])
def test_two_digits_one_above_the_other_are_a_third_higher_than_writing_usually_is(
    upper: int,
    lower: int,
    two: bool,  # noqa: FBT001 - a case
) -> None:
    """Of a usual height of 40: more than 54 together, and each of them more than 18."""
    for heights in ((upper, lower), (lower, upper)):
        parts = [(50, 50, 30, heights[0]), (50, 52 + heights[0], 30, heights[1])]
        assert joined(*parts, usual=40) == (parts if two else [(50, 50, 30, 2 + upper + lower)])


@pytest.mark.parametrize(("width", "cut", "points", "whole"), [(50, 0, 300, True), (51, 1, 301, False)])
def test_of_an_outline_three_hundred_points_are_looked_at(width: int, cut: int, points: int, whole: bool) -> None:  # noqa: FBT001
    """Of more every second: its lower left corner, whose number is odd, is the only one near enough."""
    drawn = np.zeros((300, 300), np.uint8)
    drawn[100:202, 100 : 100 + width] = 255
    drawn[100, 100 + width - cut : 100 + width] = 0
    (body,) = outline(drawn, 1)
    assert len(body.outlines[0]) == points
    (piece,) = pieces((100 - 4 - 19, 201 + 8, 20, 18))
    assert len(join([body, piece])) == (1 if whole else 2)


BODY = (50, 60, 40, 60)
"""All of a 5 but its bar; a bar may be 21 pixels away, begin 36 above its upper end and end 21 below."""


@pytest.mark.parametrize(
    "bar",
    [
        (92, 60, 30, 8),
        (110, 60, 30, 8),  # 21 pixels away
        (92, 73, 30, 8),  # lowest
        (92, 60, 30, 15),  # half as high as wide
        (92, 60, 72, 8),  # widest
        (85, 24, 40, 18),  # highest
    ],
)
def test_the_bar_of_a_5_that_is_written_apart_is_part_of_it(bar: Rectangle) -> None:
    (found,) = joined(BODY, bar)
    assert found[2] == bar[0] + bar[2] - BODY[0]


@pytest.mark.parametrize(
    "dash",
    [
        (111, 60, 30, 8),  # 22 pixels away
        (97, 75, 30, 8),  # too low, as a dash between two numbers
        (97, 60, 30, 16),  # too high for its width
        (97, 60, 73, 8),  # too wide
        (12, 60, 30, 8),  # on the left
        (90, 23, 40, 18),  # above
    ],
)
def test_a_dash_beside_a_digit_is_no_part_of_it(dash: Rectangle) -> None:
    assert BODY in joined(BODY, dash)
