"""What a frame is taken for, why a digit is doubted, and how long each step may take."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder import Box, Digit, Digits, Place, find_digits
from edge_app.finder.find import _at_full_size, _doubt
from edge_app.finder.found import Found
from edge_app.finder.ink import MARGIN, Ink
from edge_app.finder.pyramid import Pyramid
from edge_app.finder.search import Search
from edge_app.finder.writing import outline
from edge_app.runtime.prediction import Reason


def frame(height: int, width: int, *strokes: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    drawn = np.full((height, width), 220, np.uint8)
    for x, y, across, down in strokes:
        drawn[y : y + down, x : x + across] = 50
    return drawn


@pytest.mark.parametrize(("width", "digits"), [(100, 1), (101, 2)])
def test_a_frame_of_up_to_a_hundred_pixels_shows_a_single_digit(width: int, digits: int) -> None:
    strokes = (25, 10, 6, 40), (70, 10, 6, 40)
    assert len(find_digits(frame(60, width, *strokes))) == digits
    assert len(find_digits(frame(width, 60, (10, 5, 6, 40), (40, 50, 6, 40)))) == digits


@pytest.mark.parametrize(("height", "digits"), [(14, 1), (13, 0)])
def test_a_frame_that_is_lower_than_the_smallest_digit_shows_none(height: int, digits: int) -> None:
    assert len(find_digits(frame(height, 200, (100, 0, 4, height)))) == digits


def test_a_box_does_not_reach_beyond_the_frame() -> None:
    (digit,) = find_digits(frame(301, 301, (150, 101, 24, 200)))
    assert (digit.box.x + digit.box.width, digit.box.y + digit.box.height) <= (301, 301)
    assert digit.doubt is Reason.EDGE


PYRAMID = Pyramid(frame(200, 300))


def found_at(x: int, y: int, *, chance: int | None, scale: int = 1, corner: tuple[int, int] = (0, 0)) -> Found:
    """A digit 8 wide and 40 high."""
    strength = np.zeros((220, 320), np.uint8)
    strength[y + MARGIN : y + MARGIN + 40, x + MARGIN : x + MARGIN + 8] = 200
    (writing,) = outline(strength, 1)
    chances = None if chance is None else np.full_like(strength, chance)
    return Found(writing, Search(Ink(strength, strength), chances, [], (), 0), scale, corner)


@pytest.mark.parametrize(
    ("chance", "cuts", "usual", "doubt"),
    [
        (None, 1, 0.0, None),
        (None, 2, 0.0, None),
        (150, 1, 0.0, None),
        (149, 1, 0.0, Reason.PRINT),
        (149, 2, 0.0, Reason.PRINT),
        (150, 2, 0.0, Reason.LINE),
        (150, 1, 40 / 0.69, Reason.PRINT),
        (None, 1, 40 / 0.69, Reason.PRINT),
        (None, 1, 40 / 0.71, None),
    ],
)
def test_why_a_digit_is_doubted(chance: int | None, cuts: int, usual: float, doubt: Reason | None) -> None:
    assert _doubt(PYRAMID, found_at(50, 50, chance=chance), cuts, usual) is doubt
    assert _doubt(PYRAMID, found_at(0, 50, chance=chance), cuts, usual) is Reason.EDGE


def test_a_wall_may_be_print() -> None:
    wall = found_at(50, 50, chance=255)
    wall.search.ink.strength[44 + MARGIN : 96 + MARGIN] = 200
    assert _doubt(PYRAMID, wall, 1, 0.0) is Reason.PRINT


def test_a_digit_found_in_a_shrunk_picture_is_cut_out_of_the_frame_with_the_margin() -> None:
    page = frame(200, 300, (88, 96, 16, 80))
    pyramid = Pyramid(page)
    assert _at_full_size(pyramid, found_at(50, 50, chance=None), found_at(50, 50, chance=None).writing) is None
    found = found_at(40, 40, chance=None, scale=2, corner=(8, 16))
    part = _at_full_size(pyramid, found, found.writing)
    assert part is not None
    np.testing.assert_array_equal(part, page[96 - 4 : 176 + 4, 88 - 4 : 104 + 4])


def test_each_step_has_its_share_of_the_time() -> None:
    shares = []

    def spent(share: float) -> bool:
        shares.append(share)
        return False

    find_digits(frame(200, 300, (50, 50, 6, 40), (100, 50, 6, 40)), spent)
    assert sorted(set(shares)) == [0.5, 0.6, 0.7, 0.8, 1.0]


def test_a_digit_is_whole_and_the_first_unless_said_otherwise() -> None:
    digit = Digit(Box(1, 2, 3, 4), np.ones((28, 28, 1), np.float32))
    assert (digit.others, digit.doubt, digit.place) == ((), None, Place(0, 0, 0))
    assert Place() == Place(0, 0, 0)
    assert digit.images == (digit.image,)
    assert not Digits().more
