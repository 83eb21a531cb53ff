"""How strong ink is on the paper around it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from edge_app.finder.ink import darkest_channel, halved, is_light_on_dark, measure_ink, square


def page(paper: int, ink: int, height: int = 60, width: int = 80) -> NDArray[np.uint8]:
    drawn = np.full((height, width), paper, np.uint8)
    drawn[20:40, 38:44] = ink
    return drawn


@pytest.mark.parametrize(("paper", "ink"), [(200, 100), (240, 0), (90, 60)])
def test_strength_is_the_share_of_the_papers_light_that_is_missing(paper: int, ink: int) -> None:
    found = measure_ink(page(paper, ink), window=30)
    assert (found.paper == paper).all()
    assert found.strength[30, 41] == round(255 * (paper - ink) / paper)
    assert (found.strength[:15] == 0).all()
    blurred = round((2 * paper + ink) / 3)  # the pixels beside the stroke have a third of it
    for beside in ((30, 37), (30, 44), (19, 41), (40, 41)):
        assert found.strength[beside] == pytest.approx(255 * (paper - blurred) / paper, abs=1)


def test_what_is_wider_than_the_window_is_paper() -> None:
    drawn = page(200, 100)
    drawn[:, 50:] = 120
    found = measure_ink(drawn, window=16)
    assert (found.paper[:, 60:] == 120).all()
    assert (found.strength[:, 60:] == 0).all()
    assert found.strength[30, 41] == round(255 * 0.5)


@pytest.mark.parametrize(("side", "odd"), [(0.4, 3), (3.4, 3), (4, 5), (5.4, 5), (5.6, 7), (17, 17)])
def test_a_window_has_a_middle(side: float, odd: int) -> None:
    assert square(side).tolist() == [[1] * odd] * odd


@pytest.mark.parametrize(("width", "paper"), [(12, 200), (22, 120)])
def test_the_paper_behind_a_stroke_no_wider_than_the_window_is_that_beside_it(width: int, paper: int) -> None:
    drawn = np.full((60, 120), 200, np.uint8)
    drawn[:, 40 : 40 + width] = 120
    assert measure_ink(drawn, window=16).paper[30, 40 + width // 2] == paper


def test_paper_in_deep_shadow_counts_as_three_tenths_as_bright_as_the_brightest() -> None:
    drawn = np.full((60, 80), 200, np.uint8)
    drawn[:, 40:] = 30
    drawn[20:40, 58:64] = 10
    assert measure_ink(drawn, window=30).strength[30, 61] == round(255 * 20 / 60)


def test_light_writing_is_told_from_dark_by_what_is_rarer() -> None:
    for size in (1, 4):
        dark = np.repeat(np.repeat(page(200, 60, 120, 160), size, axis=0), size, axis=1)
        half = halved(dark)
        assert not is_light_on_dark(half)
        assert is_light_on_dark(np.asarray(255 - half, np.uint8))
        assert is_light_on_dark(np.stack([255 - half] * 3, axis=2))


def test_of_colours_the_one_counts_in_which_ink_differs_most() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 6, 3), np.uint8)
    np.testing.assert_array_equal(darkest_channel(picture, light_on_dark=False), picture.min(axis=2))
    np.testing.assert_array_equal(darkest_channel(picture, light_on_dark=True), 255 - picture.max(axis=2))
    np.testing.assert_array_equal(darkest_channel(picture[..., 0], light_on_dark=True), 255 - picture[..., 0])
    np.testing.assert_array_equal(darkest_channel(picture[..., 0], light_on_dark=False), picture[..., 0])


def seems_light_on_dark(half: NDArray[np.uint8], shrunk: int) -> bool:
    """Ask for the skewness as it is written: of logarithms, less their mean within a third of the shorter side."""
    height, width = (side // shrunk for side in half.shape)
    small = np.rint(half.reshape(height, shrunk, width, shrunk).mean((1, 3)))
    brightness = np.log(small + 8)
    window = round(min(height, width) / 3) | 1
    contrast = brightness - ndimage.uniform_filter(brightness, window, mode="mirror")
    return bool((contrast**3).mean() > 0)


@pytest.mark.parametrize(("side", "shrunk"), [(96, 2), (640, 2), (960, 3)])
def test_light_writing_is_told_by_the_skewness_of_the_local_contrast(side: int, shrunk: int) -> None:
    """Of pictures that show neither, so that little decides."""
    rng = np.random.default_rng(side)
    told = []
    for _ in range(24 if side == 96 else 6):
        small = np.exp(rng.normal(4.2, 0.35, (side // shrunk, side // shrunk))) - 8
        half = np.repeat(np.repeat(np.clip(np.rint(small), 0, 255).astype(np.uint8), shrunk, axis=0), shrunk, axis=1)
        told.append((is_light_on_dark(half), seems_light_on_dark(half, shrunk)))
    assert all(found == expected for found, expected in told)
    assert len(set(told)) == 2


def test_a_picture_of_one_row_or_column_is_dark_writing() -> None:
    for shape in ((1, 1), (1, 300), (300, 1)):
        assert not is_light_on_dark(np.full(shape, 200, np.uint8))
