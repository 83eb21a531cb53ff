"""Digits that run into one another, and walls between cells."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder import find_digits
from edge_app.finder.parting import part
from edge_app.finder.patience import never
from edge_app.finder.shape import is_wall
from edge_app.finder.strokes import Strokes
from edge_app.finder.writing import Writing, outline
from edge_app.result import explained
from edge_app.runtime.prediction import Reason, Thresholds, predict

Image = NDArray[np.uint8]


def sheet() -> Image:
    noise = np.random.default_rng(0).normal(0, 2, (480, 640, 3))
    return np.clip(225 + noise, 0, 255).astype(np.uint8)


def put(page: Image, text: str, x: int, y: int) -> None:
    cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 2, (70, 40, 40), 4, cv2.LINE_AA)


def test_neighbours_that_a_faint_stroke_joins_are_two_digits() -> None:
    page = sheet()
    for row in range(4):
        put(page, "4", 60, 100 + 100 * row)
        put(page, "6", 160, 100 + 100 * row)
    put(page, "3", 330, 200)
    put(page, "5", 385, 200)
    cv2.line(page, (360, 180), (390, 180), (170, 160, 160), 4, cv2.LINE_AA)  # half as dark as the digits
    beside = [digit.box for digit in find_digits(page) if digit.box.x > 300]
    assert len(beside) == 2
    assert max(box.width for box in beside) < 60


def ink_of(*lines: tuple[tuple[int, int], tuple[int, int], int]) -> Image:
    """Strength of ink, uint8 [120, 120], of straight lines: from, to and strength."""
    strength = np.zeros((120, 120), np.uint8)
    for start, end, level in lines:
        cv2.line(strength, start, end, level, 3)
    return strength


def upright(strength: Image) -> bool:
    """Ask about the upright stroke in the middle, from row 32 to 88."""
    alone = np.zeros_like(strength)
    alone[32:88, 55:66] = strength[32:88, 55:66]
    (writing,) = outline((alone > 60).astype(np.uint8), 5)
    return is_wall(writing, strength)


def test_a_stroke_between_two_lines_as_dark_as_itself_is_a_wall() -> None:
    above, below = ((20, 30), (100, 30), 200), ((20, 90), (100, 90), 200)
    assert upright(ink_of(above, below, ((60, 30), (60, 90), 200)))


def test_a_stroke_that_meets_one_line_or_fainter_ones_is_no_wall() -> None:
    stroke = ((60, 32), (60, 87), 200)
    assert not upright(ink_of(((20, 30), (100, 30), 200), stroke))
    assert not upright(ink_of(((20, 30), (100, 30), 90), ((20, 90), (100, 90), 90), stroke))
    assert not upright(ink_of(stroke))


def test_what_may_be_print_is_always_doubted() -> None:
    certain = predict(np.eye(10)[[1] * 5], Thresholds(1.0, 0.5))
    assert explained(certain, Reason.PRINT).reason is Reason.PRINT
    assert explained(certain, Reason.LINE).reason is None


Rectangle = tuple[int, int, int, int]

USUAL = [Writing((), 0, 0, 20, 40)] * 5
"""Writing that is usually 40 pixels high."""
HELD = 30
"""Strength of ink that no part is held together by; a digit's is 200."""


def parts_of(strength: Image, chances: Image | None = None) -> list[Rectangle]:
    """Part the ink of a picture, from left to right and from top to bottom."""
    pieces = outline((strength > 0).astype(np.uint8), 1)
    found = part(Strokes([*pieces, *USUAL], strength, chances), never)[: -len(USUAL)]
    return sorted((one.x, one.y, one.width, one.height) for one in found)


def drawn(*rectangles: tuple[Rectangle, int]) -> Image:
    strength = np.zeros((200, 200), np.uint8)
    for (x, y, width, height), value in rectangles:
        strength[y : y + height, x : x + width] = value
    return strength


def linked(*parts: Rectangle, link: Rectangle, value: int = HELD) -> list[Rectangle]:
    """Part what a faint link holds together."""
    return parts_of(drawn((link, value), *((one, 200) for one in parts)))


@pytest.mark.parametrize(("lower", "parted"), [(27, True), (26, False), (25, False)])
def test_what_is_more_than_half_again_as_high_as_usual_is_parted_into_one_above_the_other(
    lower: int,
    parted: bool,  # noqa: FBT001 - a case
) -> None:
    parts = [(10, 20, 8, 27), (10, 54, 8, lower)]
    assert linked(*parts, link=(10, 47, 8, 7)) == (parts if parted else [(10, 20, 8, 34 + lower)])
    # Wide enough to be parted side by side, not high enough to be parted one above the other.
    dash = (18, 20, 45, 2)
    whole = parts_of(drawn(((10, 47, 8, 7), HELD), (dash, HELD), *((one, 200) for one in parts)))
    assert whole == (parts if parted else [(10, 20, 53, 34 + lower)])


@pytest.mark.parametrize(("bottom", "parted"), [(81, True), (80, False)])
def test_what_is_that_high_is_parted_side_by_side_too(bottom: int, parted: bool) -> None:  # noqa: FBT001 - a case
    parts = [(10, 20, 8, 40), (30, 46, 8, bottom - 46)]
    whole = (10, 20, 28, bottom - 20)
    assert linked(*parts, link=(18, 50, 12, 3)) == (parts if parted else [whole])


@pytest.mark.parametrize(("gap", "parted"), [(13, True), (12, False)])
def test_what_is_three_tenths_wider_than_the_usual_height_is_parted_side_by_side(
    gap: int,
    parted: bool,  # noqa: FBT001 - a case
) -> None:
    parts = [(10, 20, 20, 40), (30 + gap, 20, 20, 40)]
    assert linked(*parts, link=(30, 30, gap, 3)) == (parts if parted else [(10, 20, 40 + gap, 40)])


@pytest.mark.parametrize(
    ("heights", "parted"), [((30, 24), True), ((30, 23), False), ((30, 10), False), ((10, 10), False)]
)
def test_parts_side_by_side_are_six_tenths_as_high_as_usual(
    heights: tuple[int, int],
    parted: bool,  # noqa: FBT001 - a case
) -> None:
    parts = [(10, 20, 20, heights[0]), (50, 20, 20, heights[1])]
    assert linked(*parts, link=(30, 24, 20, 3)) == (parts if parted else [(10, 20, 60, heights[0])])


def test_specks_between_are_no_digits_but_stay() -> None:
    parts = [(10, 20, 20, 40), (36, 22, 6, 6), (50, 20, 20, 40)]
    assert linked(*parts, link=(30, 24, 20, 3)) == parts


@pytest.mark.parametrize(
    ("upper", "lower", "parted"), [(18, 42, True), (17, 42, False), (18, 43, False), (18, 44, False), (10, 42, False)]
)
def test_one_of_several_above_one_another_is_less_than_half_as_high_as_usual_at_the_least(
    upper: int,
    lower: int,
    parted: bool,  # noqa: FBT001 - a case
) -> None:
    """The highest leaves room for another of them; all together are 61 high."""
    parts = [(10, 20, 8, upper), (22, 81 - lower, 8, lower)]
    assert linked(*parts, link=(10, 20 + upper - 2, 20, 81 - 20 - upper - lower + 4)) == (
        parts if parted else [(10, 20, 20, 61)]
    )


def test_what_falls_to_pieces_of_which_none_is_a_digit_stays_whole() -> None:
    low = [(10, 20 + 17 * row, 8, 10) for row in range(4)]
    assert linked(*low, link=(10, 20, 8, 61)) == [(10, 20, 8, 61)]
    assert linked((10, 20, 8, 30), *low[2:], link=(10, 20, 8, 61)) == [(10, 20, 8, 61)]


@pytest.mark.parametrize("level", [160, 190, 215, 235])
def test_ink_is_less_and_less_likely_a_digits_at_four_levels(level: int) -> None:
    """What links the two is let go at the level; their feet, likelier by one, are not."""
    bars = [(10, 20, 20, 40), (43, 20, 20, 40)]
    feet = [(x, 55, width, 5) for x, _, width, _ in bars]
    link = (30, 30, 13, 3)
    strength = drawn(*((one, 200) for one in (*bars, link)))
    chances = drawn((link, level), *((bar, 255) for bar in bars), *((foot, level + 1) for foot in feet))
    assert parts_of(strength, chances) == bars
    assert parts_of(strength, drawn((link, 236), *((bar, 255) for bar in bars))) == [(10, 20, 53, 40)]


@pytest.mark.parametrize(("link", "foot", "height"), [(100, 160, 40), (150, 180, 40), (150, 160, 35)])
def test_then_by_how_strong_it_is(link: int, foot: int, height: int) -> None:
    """Of a mean strength of about 192 less than 0.7, 134, is let go first, then less than 0.9, 173."""
    bars = [(10, 20, 20, 40), (43, 20, 20, 40)]
    feet = [(x, 55, width, 5) for x, _, width, _ in bars]
    strength = drawn(((30, 30, 13, 3), link), *((bar, 200) for bar in bars), *((one, foot) for one in feet))
    expected = [(x, y, width, height) for x, y, width, _ in bars]
    assert parts_of(strength) == expected
    assert parts_of(strength, drawn(((0, 0, 200, 200), 255))) == expected
