"""Images that are no digits: they repeat by seed and are what they are called."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import Split
from train.not_digits import draw_not_digits


@pytest.fixture(scope="module")
def drawn(digits: Split) -> dict[str, NDArray[np.float32]]:
    return draw_not_digits(digits.x, 40, seed=0)


def test_same_seed_same_images(digits: Split, drawn: dict[str, NDArray[np.float32]]) -> None:
    again, other = (draw_not_digits(digits.x, 40, seed=seed) for seed in (0, 1))
    for sort in ("letters", "scribbles", "pieces of digits", "dice", "blank paper"):
        np.testing.assert_array_equal(drawn[sort], again[sort])
        assert (drawn[sort] != other[sort]).any()


def test_images_are_as_the_networks_see_them(drawn: dict[str, NDArray[np.float32]]) -> None:
    for images in drawn.values():
        assert images.shape == (40, 28, 28, 1)
        assert images.dtype == np.float32
        assert images.min() > -1e-6
        assert images.max() <= 1
    for sort in ("letters", "scribbles", "pieces of digits", "dice"):
        assert (drawn[sort] < 0.5).any(axis=(1, 2, 3)).all()


def test_dice_show_one_to_six_pips_and_perhaps_an_edge(drawn: dict[str, NDArray[np.float32]]) -> None:
    blots = [cv2.connectedComponents((image < 0.6).astype(np.uint8))[0] - 1 for image in drawn["dice"][..., 0]]
    assert set(blots) <= set(range(1, 8))
    assert len(set(blots)) > 4


def test_inverted_digits_are_light_on_dark(digits: Split, drawn: dict[str, NDArray[np.float32]]) -> None:
    np.testing.assert_allclose(drawn["inverted digits"] + digits.x[:40], 1)


def test_blank_paper_has_no_strokes(drawn: dict[str, NDArray[np.float32]]) -> None:
    assert (drawn["blank paper"].mean(axis=(1, 2, 3)) > 0.5).all()
    smooth = np.stack([cv2.blur(image, (7, 7)) for image in drawn["blank paper"]])
    assert max(np.abs(np.diff(smooth, axis=axis)).max() for axis in (1, 2)) < 0.1
