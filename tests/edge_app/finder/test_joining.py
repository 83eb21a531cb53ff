"""Which pieces of ink are joined to one digit."""

from __future__ import annotations

import cv2
import numpy as np

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
