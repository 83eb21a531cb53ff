"""What the picture's edge cuts, the stripes of a border, and ruled lines."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.finder.edge import is_cut, mend_edges
from edge_app.finder.found import Found
from edge_app.finder.ink import MARGIN, Ink
from edge_app.finder.search import Search
from edge_app.finder.writing import outline

SHAPE = (100, 200)


def searched(strength: int) -> Search:
    """What a picture is in which all ink is of a strength."""
    everywhere = np.full((400, 400), strength, np.uint8)
    return Search(Ink(everywhere, everywhere), None, [], (), 0)


SEARCH = searched(100)


def bar(
    x: int,
    y: int,
    width: int,
    height: int,
    *,
    scale: int = 1,
    corner: tuple[int, int] = (0, 0),
    search: Search = SEARCH,
) -> Found:
    """A filled bar found in a searched picture, in that picture's pixels."""
    drawn = np.zeros((400, 400), np.uint8)
    drawn[y + MARGIN : y + MARGIN + height, x + MARGIN : x + MARGIN + width] = 255
    (writing,) = outline(drawn, 1)
    return Found(writing, search, scale, corner)


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
        ((190, 50, 10, 20), True),
        ((50, 78, 10, 20), False),
        ((50, 79, 10, 20), True),
        ((50, 80, 10, 20), True),
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
    slim, thick = bar(10, 0, 12, 40), bar(10, 0, 20, 40)
    assert mend_edges([*whole, slim], SHAPE) == [*whole, slim]
    assert mend_edges([thick, *whole], SHAPE) == whole
    assert mend_edges([*whole, thick, whole[0]], SHAPE) == [*whole, whole[0]]
    assert mend_edges([*whole[:3], thick], SHAPE) == [*whole[:3], thick]  # too few to know
    inside = bar(160, 10, 20, 40)
    assert mend_edges([*whole, inside], SHAPE) == [*whole, inside]


def test_thickness_is_measured_in_pixels_of_the_frame() -> None:
    coarse = bar(5, 0, 8, 20, scale=2)  # sixteen pixels of the frame
    whole = [bar(20 + 30 * place, 30, 8, 40) for place in range(4)]
    assert mend_edges([*whole, coarse], SHAPE) == whole


def test_what_the_edge_cuts_is_a_ruled_line_where_it_is_less_than_half_as_strong_as_the_writing() -> None:
    whole = [bar(20 + 30 * place, 30, 8, 40) for place in range(4)]
    faint, pencil = (bar(10, 0, 8, 40, search=searched(strength)) for strength in (44, 46))
    assert mend_edges([*whole, faint], SHAPE) == whole
    assert mend_edges([*whole, pencil], SHAPE) == [*whole, pencil]
    inside = bar(160, 10, 8, 40, search=searched(44))
    assert mend_edges([*whole, inside], SHAPE) == [*whole, inside]


def test_pieces_that_the_edge_cuts_are_one_digit_where_there_is_no_room_for_two() -> None:
    whole = [bar(20 + 30 * place, 30, 8, 40) for place in range(4)]
    left, near, far = (bar(x, 80, 8, 20) for x in (20, 56, 57))  # 44 and 45 pixels wide together, 40 high
    *same, joined = mend_edges([*whole, left, near], SHAPE)
    assert same == whole
    assert joined.sides == (20, 80, 64, 100)
    assert len(mend_edges([left, near, *whole], SHAPE)) == 5
    assert mend_edges([*whole, left, far], SHAPE) == [*whole, left, far]
    elsewhere = bar(56, 80, 8, 20, search=searched(100))
    assert mend_edges([*whole, left, elsewhere], SHAPE) == [*whole, left, elsewhere]


def test_pieces_that_other_edges_cut_stay_apart() -> None:
    whole = [bar(60 + 30 * place, 30, 8, 40) for place in range(4)]
    beside, below = bar(0, 70, 20, 8), bar(12, 80, 8, 20)
    assert mend_edges([*whole, beside, below], SHAPE) == [*whole, beside, below]


@pytest.mark.parametrize(
    ("place", "strip"),
    [
        ((0, 10, 12, 24), True),
        ((188, 10, 12, 24), True),  # at the right
        ((0, 10, 13, 24), False),  # more than half as wide as it is long
        ((2, 10, 12, 24), False),  # within the picture
        ((10, 0, 24, 12), True),  # at the top
        ((10, 88, 24, 12), True),  # at the bottom
        ((10, 0, 12, 24), False),  # its end alone is cut
    ],
)
def test_a_strip_that_the_edge_cuts_lengthwise_is_a_border(
    place: tuple[int, int, int, int],
    strip: bool,  # noqa: FBT001 - a case
) -> None:
    whole = [bar(40 + 30 * place, 30, 12, 40) for place in range(4)]
    found = bar(*place)
    kept = mend_edges([*whole, found], SHAPE)
    assert kept == (whole if strip else [*whole, found])


@pytest.mark.parametrize(("inked", "strip"), [(24, True), (23, False)])
def test_a_strip_runs_along_the_edge_over_most_of_its_length(inked: int, strip: bool) -> None:  # noqa: FBT001
    whole = [bar(40 + 30 * place, 30, 12, 40) for place in range(4)]
    drawn = np.zeros((400, 400), np.uint8)
    drawn[10 + MARGIN : 50 + MARGIN, 3 + MARGIN : 11 + MARGIN] = 255
    drawn[10 + MARGIN : 10 + MARGIN + inked, MARGIN : 3 + MARGIN] = 255
    (writing,) = outline(drawn, 1)
    found = Found(writing, SEARCH, 1, (0, 0))
    assert mend_edges([*whole, found], SHAPE) == (whole if strip else [*whole, found])
