"""The ways to cut out a digit whose ink is in doubt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.cuts import plausible_cuts
from edge_app.finder.ink import Ink
from edge_app.finder.writing import Writing, outline

Rectangle = tuple[int, int, int, int]

BODY: Rectangle = (50, 50, 8, 60)
"""Left, top, width and height of the ink that is a digit's for certain."""


def cuts_of(
    *others: tuple[Rectangle, int, int], body: tuple[Rectangle, ...] = (BODY,), chance: int = 255
) -> list[Rectangle]:
    """Cut a digit out of ink of which parts are less likely its own; each with its chance and its strength."""
    strength, chances = np.zeros((2, 200, 200), np.uint8)
    for place in body:
        _fill(strength, place, 200)
        _fill(chances, place, chance)
    own = Writing.within(tuple(o for piece in outline(strength, 1) for o in piece.outlines))
    for place, likely, strong in others:
        _fill(strength, place, strong)
        _fill(chances, place, likely)
    found = plausible_cuts(Ink(strength, np.full_like(strength, 200)), chances, own)
    assert found[0] is own
    return [(cut.x, cut.y, cut.width, cut.height) for cut in found]


def _fill(picture: NDArray[np.uint8], place: Rectangle, value: int) -> None:
    x, y, width, height = place
    picture[y : y + height, x : x + width] = value


def test_where_nothing_else_is_near_there_is_one_cut() -> None:
    strength = np.zeros((100, 100), np.uint8)
    _fill(strength, (20, 20, 8, 40), 200)
    (own,) = outline(strength, 1)
    assert plausible_cuts(Ink(strength, strength), None, own) == (own,)
    assert cuts_of() == [BODY]


def test_ink_that_may_be_its_own_is_in_a_generous_cut() -> None:
    bar = (58, 50, 10, 8)  # at its top, such as that of a 7
    assert cuts_of((bar, 40, 200)) == [BODY, (50, 50, 18, 60)]
    assert cuts_of((bar, 39, 200)) == [BODY]
    assert cuts_of((bar, 40, 60)) == [BODY]  # a third as strong as the digit is a faded edge


def test_a_generous_cut_reaches_a_fifth_of_the_digits_size_beyond_it() -> None:
    assert cuts_of(((58, 50, 40, 8), 100, 200)) == [BODY, (50, 50, 8 + 12, 60)]
    assert cuts_of(((50, 10, 8, 40), 100, 200)) == [BODY, (50, 38, 8, 72)]


def test_ink_apart_from_it_is_in_no_cut() -> None:
    assert cuts_of(((60, 50, 8, 20), 100, 200)) == [BODY]


def test_a_strict_cut_leaves_out_what_is_likely_only() -> None:
    foot = (50, 110, 8, 30)
    assert cuts_of((foot, 214, 200), body=(BODY, foot)) == [(50, 50, 8, 90), BODY]
    assert cuts_of((foot, 215, 200), body=(BODY, foot)) == [(50, 50, 8, 90)]
    assert cuts_of(chance=150) == [BODY]  # nothing is left of it


def test_a_cut_counts_where_it_differs_by_six_hundredths_of_the_ink() -> None:
    """Of about 495 pixels more than 29.7."""
    assert len(cuts_of(((58, 50, 5, 6), 100, 200))) == 2
    assert len(cuts_of(((58, 50, 5, 5), 100, 200), ((58, 55, 4, 1), 100, 200))) == 1


def test_so_it_is_at_the_pictures_corner_and_anywhere() -> None:
    for x, y in ((0, 0), (20, 110), (120, 20)):
        body, bar = (x, y, 8, 60), (x + 8, y, 10, 8)
        assert cuts_of((bar, 40, 200), body=(body,)) == [body, (x, y, 18, 60)]
        assert cuts_of(((x + 10, y, 8, 20), 100, 200), body=(body,)) == [body]  # apart from it
