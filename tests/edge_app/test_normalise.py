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


def test_bare_paper_stays_bare() -> None:
    for shape in [(1, 1), (28, 28), (300, 2)]:
        np.testing.assert_array_equal(normalise(np.zeros(shape, np.float32)), np.ones((SIDE, SIDE, 1), np.float32))
