"""Which ink is traced, and where a stroke ends."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder.strokes import trace
from edge_app.finder.writing import Writing, outline

TALLEST = 80

Rectangle = tuple[int, int, int, int]


def picture(*strokes: tuple[Rectangle, int], noise: float = 0) -> NDArray[np.uint8]:
    """Bars of ink, each left, top, width and height and its strength, on 300 x 400 pixels of bare paper."""
    drawn = np.random.default_rng(0).normal(4 * noise, noise, (300, 400)) if noise else np.zeros((300, 400))
    for (x, y, width, height), strength in strokes:
        drawn[y : y + height, x : x + width] += strength
    return np.clip(drawn, 0, 255).astype(np.uint8)


def boxes(strength: NDArray[np.uint8]) -> list[Rectangle]:
    found = trace(strength, TALLEST)
    assert found.chances is None
    assert found.strength is strength
    return sorted((piece.x, piece.y, piece.width, piece.height) for piece in found.pieces)


ONE: Rectangle = (50, 60, 6, 40)
FAR: Rectangle = (300, 200, 6, 40)


@pytest.mark.parametrize(("strength", "found"), [(18, []), (19, [ONE]), (255, [ONE])])
def test_ink_on_clean_paper_counts_from_a_fourteenth_of_full_strength(strength: int, found: list[Rectangle]) -> None:
    assert boxes(picture((ONE, strength))) == found


def test_noise_is_no_ink_and_what_stands_out_of_it_is() -> None:
    assert boxes(picture(noise=12)) == []
    assert len(boxes(picture((ONE, 80), noise=8))) == 1


def test_a_faint_trace_beside_bold_writing_is_no_ink_but_far_from_it_is() -> None:
    bold, near = ((100, 60, 20, 60), 255), (140, 70, 6, 40)
    assert boxes(picture(bold, (near, 20), (FAR, 20))) == [bold[0], FAR]
    assert boxes(picture(bold, (near, 40))) == [bold[0], near]


def test_a_tint_is_no_ink_and_writing_on_it_is() -> None:
    tinted = picture(((40, 40, 200, 220), 40))
    assert boxes(tinted) == []
    tinted[100:140, 150:156] = 150
    assert (150, 100, 6, 40) in boxes(tinted)


def test_dust_is_left_out() -> None:
    assert boxes(picture(((50, 60, 4, 4), 200), (FAR, 200))) == [FAR]
    assert boxes(picture(((50, 60, 5, 5), 200))) == [(50, 60, 5, 5)]


def test_a_stroke_ends_where_its_own_strength_falls_off() -> None:
    halo = picture(((46, 56, 14, 48), 40), (ONE, 160))
    (found,) = boxes(halo)
    assert found == ONE


def test_a_stroke_that_is_faint_in_places_stays_whole() -> None:
    thin = picture((ONE, 200))
    thin[78:82, 50:56] = 90
    assert boxes(thin) == [ONE]


def test_neighbours_whose_blurred_edges_touch_stay_apart() -> None:
    two = picture((ONE, 200), ((62, 60, 6, 40), 200))
    two[60:100, 56:62] = 85
    assert boxes(two) == [ONE, (62, 60, 6, 40)]


def test_pieces_know_their_holes_and_where_they_are() -> None:
    mask = np.zeros((60, 80), np.uint8)
    cv2.circle(mask, (40, 30), 15, 255, 4)
    mask[30, 5:9] = 255
    (ring,) = outline(mask, 6, (100, 200))
    assert (ring.x, ring.y, ring.width, ring.height) == (100 + 23, 200 + 13, 35, 35)
    assert (ring.right, ring.bottom, ring.size) == (158, 248, 35)
    np.testing.assert_array_equal(ring.draw(), mask[13:48, 23:58])
    np.testing.assert_array_equal(ring.draw(2), mask[11:50, 21:60])
    assert len(outline(mask, 4)) == 2
    assert outline(np.zeros((5, 5), np.uint8), 1) == []


def test_boxes_enclose_one_another() -> None:
    def boxed(x: int, y: int, right: int, bottom: int) -> Writing:
        return Writing((), x, y, right - x, bottom - y)

    outer = boxed(10, 10, 20, 20)
    assert outer.encloses(outer)
    for side in ((9, 12, 15, 15), (12, 9, 15, 15), (12, 12, 21, 15), (12, 12, 15, 21)):
        assert not outer.encloses(boxed(*side))
        assert boxed(9, 9, 21, 21).encloses(boxed(*side))
