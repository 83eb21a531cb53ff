"""Normalising a digit's ink the way MNIST was made."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataset import load_split
from edge_app.finder.normalise import BOX, CENTRE, SIDE, normalise

Array = NDArray[np.float32]


@pytest.fixture(scope="module")
def mnist_ink() -> Array:
    """The first 500 MNIST test digits as ink, float32 [500, 28, 28]."""
    return 1 - load_split("MNIST", "test").x[:500, ..., 0]


def ink_box(image: Array) -> tuple[int, int, int, int]:
    return tuple(cv2.boundingRect((image[..., 0] < 1).astype(np.uint8)))  # type: ignore[return-value]


def test_mnist_digits_come_back_as_they_are(mnist_ink: Array) -> None:
    again = np.stack([normalise(ink) for ink in mnist_ink])
    difference = np.abs(again[..., 0] - (1 - mnist_ink))
    assert difference.mean() < 2e-4
    assert (difference.max(axis=(1, 2)) < 1e-6).mean() > 0.9


def test_where_the_digit_lies_in_its_cut_does_not_matter(mnist_ink: Array) -> None:
    for ink in mnist_ink[:20]:
        np.testing.assert_array_equal(normalise(np.pad(ink, ((7, 0), (1, 30)))), normalise(ink))


def test_size_hardly_matters(mnist_ink: Array) -> None:
    for ink in mnist_ink[:50]:
        enlarged = np.repeat(np.repeat(ink, 4, axis=0), 4, axis=1)
        assert np.abs(normalise(enlarged) - normalise(ink)).max() < 0.02


@given(st.integers(1, 200), st.integers(1, 200))
def test_a_bar_fits_the_box_and_keeps_its_aspect(height: int, width: int) -> None:
    image = normalise(np.ones((height, width), np.float32))
    assert image.shape == (SIDE, SIDE, 1)
    assert image.dtype == np.float32
    x, y, w, h = ink_box(image)
    longer = max(height, width)
    assert (w, h) == (max(1, round(BOX * width / longer)), max(1, round(BOX * height / longer)))
    assert abs(x + (w - 1) / 2 - CENTRE) <= 0.5
    assert abs(y + (h - 1) / 2 - CENTRE) <= 0.5


@given(st.integers(0, 2**32 - 1))
def test_the_centre_of_mass_is_in_the_middle_when_there_is_room(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ink = cv2.GaussianBlur(rng.random((40, 30), np.float32), (0, 0), 4)
    image = normalise(np.clip((ink - ink.mean()) * 20, 0, 1).astype(np.float32))
    assert 0 <= image.min() <= image.max() <= 1
    moments = cv2.moments(1 - image[..., 0])
    x, y, w, h = ink_box(image)
    if x > 0 and x + w < SIDE:
        assert abs(moments["m10"] / moments["m00"] - CENTRE) <= 0.501
    if y > 0 and y + h < SIDE:
        assert abs(moments["m01"] / moments["m00"] - CENTRE) <= 0.501


def boxed(image: Array) -> Array:
    """The ink of the part that is not bare, float32 [h, w]."""
    x, y, w, h = ink_box(image)
    return 1 - image[y : y + h, x : x + w, 0]


def test_what_shrinks_is_averaged_over_areas() -> None:
    ink = np.random.default_rng(0).uniform(0.2, 1, (60, 45)).astype(np.float32)
    means = ink.reshape(20, 3, 15, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(boxed(normalise(ink)), means, atol=1e-5)


@pytest.mark.parametrize("side", [10, 16, 20])
def test_what_grows_is_interpolated_between_pixel_centres(side: int) -> None:
    ink = np.random.default_rng(1).uniform(0.2, 1, (side, side)).astype(np.float32)
    at = np.clip((np.arange(20) + 0.5) * side / 20 - 0.5, 0, side - 1)
    rows = np.stack([np.interp(at, np.arange(side), row) for row in ink])
    expected = np.stack([np.interp(at, np.arange(side), column) for column in rows.T], axis=1)
    np.testing.assert_allclose(boxed(normalise(ink)), expected, atol=1e-5)


@pytest.mark.parametrize(("faint", "counts"), [(0.05, False), (0.06, True)])
def test_what_is_fainter_than_a_twentieth_does_not_widen_the_box(faint: float, *, counts: bool) -> None:
    square = np.ones((20, 20), np.float32)
    around = np.pad(square, 10, constant_values=np.float32(faint))
    assert (normalise(around) != normalise(square)).any() == counts


@pytest.mark.parametrize(("heavy", "top"), [(0, 28 - 20), (19, 0)])
@pytest.mark.parametrize("turned", [False, True])
def test_a_digit_with_its_mass_at_one_end_stays_within_the_field(heavy: int, top: int, *, turned: bool) -> None:
    ink = np.zeros((20, 20), np.float32)
    ink[[0, 19]] = 0.06
    ink[heavy] = 1
    x, y, w, h = ink_box(normalise(ink.T if turned else ink))
    assert (w, h) == (20, 20)
    assert (x if turned else y) == top


def test_bare_paper_stays_bare() -> None:
    for shape in [(1, 1), (28, 28), (300, 2)]:
        np.testing.assert_array_equal(normalise(np.zeros(shape, np.float32)), np.ones((SIDE, SIDE, 1), np.float32))
