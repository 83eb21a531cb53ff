"""Which ink is traced, and where a stroke ends."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder.strokes import _without_others, trace
from edge_app.finder.writing import Writing, above, outline

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


def test_ink_on_a_tint_is_more_than_seven_tenths_stronger() -> None:
    tinted = picture(((40, 40, 200, 220), 60))
    for strength, found in ((103, [ONE]), (102, [])):
        tinted[60:100, 50:56] = strength
        assert boxes(tinted) == found
    assert boxes(picture(((40, 40, 200, 220), 255))) == []


@pytest.mark.parametrize(("tallest", "tint"), [(80, 28), (10, 12)])
def test_a_tint_is_as_wide_as_a_third_of_the_tallest_digit_or_three_blocks_of_four_pixels(
    tallest: int, tint: int
) -> None:
    for side, found in ((tint, 0), (tint - 4, 1)):
        assert len(trace(picture(((40, 40, side, side), 60)), tallest).pieces) == found


def test_noise_is_told_by_the_faintest_pixels() -> None:
    """On paper of 20, and of 10 in every tenth row, two percentiles of a normal distribution: 20 + 5.49 x 9.44."""
    paper = np.full((300, 400), 20, np.uint8)
    for row in range(0, 300, 40):
        paper[row : row + 4] = 10
    for strength, found in ((72, [ONE]), (71, [])):
        paper[60:100, 50:56] = strength
        assert boxes(paper) == found


@pytest.mark.parametrize(("strongest", "most"), [(110, 65), (100, 60)])
def test_what_much_of_the_paper_varies_by_is_noise_where_ink_is_much_stronger(strongest: int, most: int) -> None:
    """On paper of 20, and of 10 in every fifth row: 20 + 45, or 0.6 of the strongest ink."""
    paper = np.full((300, 400), 20, np.uint8)
    for row in range(0, 300, 20):
        paper[row : row + 4] = 10
    paper[200:264, 300:364] = strongest
    for strength, found in ((most + 1, [ONE]), (most, [])):
        paper[60:100, 50:56] = strength
        assert boxes(paper) == found


def test_ink_beside_bold_writing_is_an_eighth_as_strong() -> None:
    """0.12 of 255 between two strokes; beside them less by a part of the tallest digit's height."""
    bold = (((100, 60, 8, 60), 255), ((136, 60, 8, 60), 255))
    between, beside = (120, 70, 4, 40), (160, 70, 4, 40)
    for place, most in ((between, 30), (beside, 24)):
        assert place not in boxes(picture(*bold, (place, most)))
        assert place in boxes(picture(*bold, (place, most + 1)))


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


def test_a_stroke_that_would_break_is_traced_where_a_third_of_its_strength_is_left() -> None:
    thin = picture(((46, 56, 14, 48), 25), (ONE, 175))
    thin[78:82, 50:56] = 40
    assert boxes(thin) == [ONE]
    thin[78:82, 50:56] = 27
    assert boxes(thin) == [(50, 60, 6, 18), (50, 82, 6, 18)]


@pytest.mark.parametrize(("count", "asked"), [(16, False), (17, True)])
def test_where_there_may_be_words_the_network_is_asked(count: int, asked: bool) -> None:  # noqa: FBT001 - a case
    places = [(20 + 40 * (number % 9), 20 + 60 * (number // 9), 6, 40) for number in range(count)]
    assert (trace(picture(*((place, 200) for place in places)), TALLEST).chances is not None) == asked


@pytest.mark.parametrize(
    ("height", "length", "asked"), [(300, 176, False), (300, 177, True), (100, 80, False), (100, 81, True)]
)
def test_so_it_is_where_something_is_endless_or_all_but_fills_the_picture(
    height: int,
    length: int,
    asked: bool,  # noqa: FBT001 - a case
) -> None:
    """From 2.2 times the tallest digit, or 0.8 of the shorter side."""
    found = trace(picture(((20, 20, length, 6), 200))[:height], TALLEST)
    assert (found.chances is not None) == asked


def test_a_blot_is_a_digits_as_a_whole_and_one_that_is_too_large_pixel_by_pixel() -> None:
    """On average from a chance of 60, of 255, or from 128 for each pixel."""
    strength = picture(((20, 20, 10, 100), 201), ((60, 20, 10, 100), 201), ((100, 20, 10, 101), 201))
    chances = np.zeros_like(strength)
    chances[20:120, 20:25], chances[20:120, 25:30] = 120, 0
    chances[20:120, 60:65], chances[20:120, 65:70] = 118, 0
    chances[20:60, 100:110], chances[60:121, 100:110] = 128, 127
    expected = strength.copy()
    expected[:, 60:70] = expected[60:, 100:110] = 0
    np.testing.assert_array_equal(_without_others(strength, outline(strength, 5), chances, 100), expected)


@pytest.mark.parametrize(("height", "surely", "hardly"), [(61, 19, 19), (60, 19, 19), (61, 18, 19), (61, 19, 18)])
def test_of_a_digit_on_a_line_of_its_colour_the_digit_is_kept(height: int, surely: int, hardly: int) -> None:
    """Where they are larger than 1.5 digits, and more than three tenths are above 200 and below 60."""
    strength = picture(*(((20 + 30 * number, 20, 6, 40), 201) for number in range(5)), ((300, 20, 6, height), 201))
    chances = np.full_like(strength, 150)
    chances[20 : 20 + surely, 300:306], chances[81 - hardly : 90, 300:306] = 201, 59
    kept = _without_others(strength, outline(strength, 5), chances, 100)
    parted = (height, surely, hardly) == (61, 19, 19)
    assert np.count_nonzero(kept[:, 300:306]) == 6 * (height - hardly if parted else height)
    assert np.count_nonzero(kept[:, :300]) == 5 * 6 * 40


def test_values_above_a_level_are_marked() -> None:
    values = np.array([[0, 119, 120, 121, 255]], np.uint8)
    for level, marked in ((120, 2), (119.5, 3), (120.5, 2), (-1.0, 5), (300.0, 0)):
        assert above(values, level).tolist() == [[0] * (5 - marked) + [255] * marked]
    np.testing.assert_array_equal(above(values, values[:, ::-1].copy()), [[0, 0, 0, 255, 255]])


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
