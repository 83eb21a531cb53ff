"""A digit keeps its pixels where there are few, and a fine pen's strokes get the width that networks know."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder.cutting import LARGEST, _at_least_as_bold, _shrunk, cut
from edge_app.finder.ink import MARGIN, Ink, measure_ink
from edge_app.finder.normalise import BOX
from edge_app.finder.writing import Writing, outline


@pytest.mark.parametrize("side", [1, LARGEST // 2 + 1, LARGEST])
def test_a_small_digit_is_left_as_it_is(side: int) -> None:
    part = np.random.default_rng(0).integers(0, 256, (side, 7), np.uint8)
    assert _shrunk(part) is part


@pytest.mark.parametrize(("height", "width", "expected"), [(192, 96, (96, 48)), (50, 200, (24, 96)), (400, 2, (96, 1))])
def test_a_large_one_is_shrunk_in_proportion(height: int, width: int, expected: tuple[int, int]) -> None:
    found = _shrunk(np.full((height, width), 77, np.uint8))
    assert found.shape == expected
    assert (found == 77).all()


@pytest.mark.parametrize("width", [1, 2, 3, 5, 6, 8])
def test_a_stroke_is_thickened_by_what_it_lacks(width: int) -> None:
    """Of a bar, twice its area over its outline's length is about its width."""
    height = 60
    own = np.zeros((height + 4, width + 4), np.uint8)
    own[2:-2, 2:-2] = 255
    bold = _at_least_as_bold(own.astype(np.float32) / 255, own)
    outline = max(2 * (height + width) - 4, height)
    missing = max(0, round(2 / 20 * (height + 4) - 2 * height * width / outline))
    assert bold.shape == (own.shape[0] + 2 * missing, own.shape[1] + 2 * missing)
    assert (bold[len(bold) // 2] == 1).sum() == width + missing


def one_bar(paper: int = 200, ink: int = 50) -> tuple[Ink, Writing, NDArray[np.uint8]]:
    """A bar of 10 x 40 pixels, as it is searched at half size, and in full resolution."""
    full = np.full((120, 120), paper, np.uint8)
    full[20:100, 50:70] = ink
    ink_of = measure_ink(full[::2, ::2], 40)
    mask = np.zeros((60, 60), np.uint8)
    mask[10:50, 25:35] = 1
    (bar,) = outline(mask, 1)
    return ink_of, bar, full[20 - 2 * MARGIN : 100 + 2 * MARGIN, 50 - 2 * MARGIN : 70 + 2 * MARGIN]


def test_a_bar_is_cut_out_as_a_bar_at_either_resolution() -> None:
    ink, bar, full = one_bar()
    for image in (cut(ink, bar), cut(ink, bar, full)):
        assert image.shape == (28, 28, 1)
        covered = 1 - image[..., 0]
        rows, columns = np.nonzero(covered > 0.5)
        assert rows.max() - rows.min() + 1 == BOX
        assert 4 <= columns.max() - columns.min() + 1 <= 7  # a quarter as wide as high
        assert covered[14, 14] == 1
        assert (covered[:, :8] == 0).all()


def test_the_cut_does_not_depend_on_how_dark_pen_and_paper_are() -> None:
    images = [cut(*one_bar(paper, ink)[:2]) for paper, ink in ((200, 50), (240, 60), (120, 90))]
    for image in images[1:]:
        assert np.abs(image - images[0]).max() < 0.1


def drawn(*beside: tuple[int, int, int, int, int]) -> NDArray[np.float32]:
    """Cut out a block of 12 x 20 pixels of strength 100 with other ink beside it, each with its strength."""
    strength = np.zeros((60, 60), np.uint8)
    strength[20:40, 20:32] = 100
    (block,) = outline(strength, 1)
    for x, y, width, height, value in beside:
        strength[y : y + height, x : x + width] = value
    return 1 - cut(Ink(strength, np.full_like(strength, 200)), block)[..., 0]


@pytest.mark.parametrize(("value", "covered"), [(30, 0), (55, 0.5), (80, 1), (90, 1)])
def test_ink_covers_from_three_tenths_of_the_digits_strength_and_wholly_from_eight(value: int, covered: float) -> None:
    ink = drawn((32, 20, 1, 20, value))
    assert (ink == 1).sum() == 20 * (13 if covered == 1 else 12)
    np.testing.assert_allclose(np.unique(ink), sorted({0, covered, 1}), atol=1e-5)


def test_two_pixels_around_are_a_digits_own_faded_edge() -> None:
    alone = drawn()
    assert (alone == 1).sum() == 12 * 20
    for near, far in (
        ((33, 25, 1, 5, 100), (34, 25, 1, 5, 100)),
        ((18, 25, 1, 5, 100), (17, 25, 1, 5, 100)),
        ((25, 18, 5, 1, 100), (25, 17, 5, 1, 100)),
        ((25, 41, 5, 1, 100), (25, 42, 5, 1, 100)),
    ):
        assert (drawn(near) != alone).any()
        np.testing.assert_array_equal(drawn(far), alone)


def test_a_neighbours_ink_is_not_in_the_cut() -> None:
    ink, bar, _ = one_bar()
    alone = cut(ink, bar)
    ink.strength[10:50, 41:45] = 200
    np.testing.assert_array_equal(cut(ink, bar), alone)
