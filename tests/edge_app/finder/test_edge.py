"""What the picture's edge cuts, and the stripes of a border."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.finder.edge import is_cut, without_borders
from edge_app.finder.ink import MARGIN, Ink
from edge_app.finder.scales import Found
from edge_app.finder.search import Search
from edge_app.finder.writing import outline

SHAPE = (100, 200)
NOTHING = np.zeros((1, 1), np.uint8)
SEARCH = Search(Ink(NOTHING, NOTHING), None, [], (), 0)


def bar(x: int, y: int, width: int, height: int, *, scale: int = 1, corner: tuple[int, int] = (0, 0)) -> Found:
    """A filled bar found in a searched picture, in that picture's pixels."""
    drawn = np.zeros((400, 400), np.uint8)
    drawn[y + MARGIN : y + MARGIN + height, x + MARGIN : x + MARGIN + width] = 255
    (writing,) = outline(drawn, 1)
    return Found(writing, SEARCH, scale, corner)


def test_a_finds_sides_are_in_pixels_of_the_frame() -> None:
    assert bar(3, 5, 10, 20).sides == (3, 5, 13, 25)
    assert bar(3, 5, 10, 20, scale=4, corner=(8, 16)).sides == (20, 36, 60, 116)


@pytest.mark.parametrize(
    ("place", "cut"),
    [
        ((1, 1, 10, 20), False),
        ((0, 1, 10, 20), True),
        ((1, 0, 10, 20), True),
        ((188, 50, 10, 20), False),
        ((189, 50, 10, 20), True),
        ((50, 78, 10, 20), False),
        ((50, 79, 10, 20), True),
    ],
)
def test_a_digit_is_cut_where_its_ink_reaches_the_outermost_pixels(
    place: tuple[int, int, int, int],
    cut: bool,  # noqa: FBT001 - a case
) -> None:
    assert is_cut(bar(*place), SHAPE) == cut


def test_a_coarse_scale_sees_the_edge_no_better_than_by_its_own_pixels() -> None:
    assert not is_cut(bar(40, 9, 8, 14, scale=4), SHAPE)  # ends at 192 of 200, one pixel of its own before the last
    assert is_cut(bar(41, 9, 8, 14, scale=4), SHAPE)


def test_what_the_edge_cuts_is_a_border_where_it_is_nearly_twice_as_thick_as_the_writing() -> None:
    whole = [bar(20 + 30 * place, 30, 8, 40) for place in range(4)]
    slim, thick = bar(0, 10, 12, 40), bar(0, 10, 20, 40)
    assert without_borders([*whole, slim], SHAPE) == [*whole, slim]
    assert without_borders([*whole, thick], SHAPE) == whole
    assert without_borders([*whole[:3], thick], SHAPE) == [*whole[:3], thick]  # too few to know
    inside = bar(160, 10, 20, 40)
    assert without_borders([*whole, inside], SHAPE) == [*whole, inside]


def test_thickness_is_measured_in_pixels_of_the_frame() -> None:
    coarse = bar(0, 5, 8, 20, scale=2)  # sixteen pixels of the frame
    whole = [bar(20 + 30 * place, 30, 8, 40) for place in range(4)]
    assert without_borders([*whole, coarse], SHAPE) == whole
