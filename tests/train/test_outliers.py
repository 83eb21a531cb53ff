"""What is drawn for the network to doubt: it repeats by seed, is no digit, and is not what is measured with."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import Split
from train import not_digits
from train.outliers import draw_outliers, letters
from train.outliers.pieces import draw_piece, invert, join


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def drawn(digits: Split) -> NDArray[np.float32]:
    return draw_outliers(digits.x, 400, generator())


def test_same_seed_same_images(digits: Split, drawn: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(draw_outliers(digits.x, 400, generator()), drawn)
    assert (draw_outliers(digits.x, 400, generator(1)) != drawn).any(axis=(1, 2, 3)).mean() > 0.95


def test_images_are_as_the_networks_see_them_and_differ(drawn: NDArray[np.float32]) -> None:
    assert drawn.shape == (400, 28, 28, 1)
    assert drawn.dtype == np.float32
    assert drawn.min() > -1e-6
    assert drawn.max() <= 1
    assert len(np.unique(drawn.reshape(400, -1), axis=0)) > 380


def test_none_asked_none_drawn(digits: Split) -> None:
    assert draw_outliers(digits.x, 0, generator()).shape == (0, 28, 28, 1)


def test_every_letter_can_be_written_by_hand() -> None:
    assert set(letters.STROKES) == set(letters.LETTERS)


def test_fonts_measured_with_are_not_trained_on() -> None:
    assert not set(letters.font_files(letters.FONTS)) & set(letters.font_files(not_digits.FONTS))
    assert not set(letters.HERSHEY) & set(not_digits.HERSHEY)
    assert len(letters.font_files(letters.FONTS)) > 10
    assert len(letters.font_files(not_digits.FONTS)) > 3


def test_a_piece_is_part_of_its_digit_and_no_other_digit(digits: Split) -> None:
    """Straight strokes are left out, for they are ones, and so are loops, for they are noughts."""
    ones, eights = digits.x[digits.y == 1], digits.x[digits.y == 8]
    assert sum(draw_piece(one, generator(seed)) is None for seed, one in enumerate(ones)) > 0.7 * len(ones)
    pieces = [piece for seed, eight in enumerate(eights) if (piece := draw_piece(eight, generator(seed))) is not None]
    assert len(pieces) > 0.5 * len(eights)
    for piece in pieces:
        rows, columns = np.nonzero(piece[..., 0] < 0.95)
        assert max(np.ptp(rows), np.ptp(columns)) >= 17  # brought into the frame of 20 x 20


def test_two_digits_run_together_are_wider_than_high(digits: Split) -> None:
    joined = join(digits.x[0], digits.x[1], generator())
    rows, columns = np.nonzero(joined[..., 0] < 0.95)
    assert np.ptp(columns) == 19 > np.ptp(rows)


def test_an_inverted_digit_is_lighter_than_its_ground(digits: Split) -> None:
    for seed in range(20):
        digit = digits.x[seed]
        inverted = invert(digit, generator(seed))[6:-6, 6:-6]
        part = digit[6:-6, 6:-6]
        assert inverted[part < 0.2].mean() > inverted[part > 0.8].mean() + 0.3
