"""Augmented digits stay digits, differ as a camera makes them differ, and repeat by seed."""

import numpy as np
import pytest

from dataset import Split, corruptions
from train.augment import RESEMBLED, augment
from train.augment.hand import rewrite
from train.augment.pen import HOLLOW, retrace
from train.feed import NO_DIGIT, feed


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_same_seed_same_images(digits: Split) -> None:
    first, again, other = (augment(digits.x, digits.y, generator(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=(1, 2, 3)).mean() > 0.99


def test_images_keep_shape_range_and_convention(digits: Split) -> None:
    images = augment(digits.x, digits.y, generator())
    assert images.shape == digits.x.shape
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    assert images.mean() > 0.5  # most of it is paper


def test_originals_are_left_alone(digits: Split) -> None:
    before = digits.x.copy()
    augment(digits.x, digits.y, generator())
    np.testing.assert_array_equal(digits.x, before)


def test_an_image_depends_on_no_other_chunk(digits: Split) -> None:
    np.testing.assert_array_equal(
        augment(digits.x, digits.y, generator())[:500], augment(digits.x[:500], digits.y[:500], generator())
    )


def test_digits_move_grow_and_fade(digits: Split) -> None:
    """Centres of mass, amounts of ink and darkest strokes vary more than MNIST's own."""
    seven = np.repeat(digits.x[digits.y == 7][:1], 400, axis=0)
    ink = 1 - augment(seven, np.full(400, 7), generator())[..., 0]
    columns = (ink.sum(axis=1) * np.arange(28)).sum(axis=1) / ink.sum(axis=(1, 2))
    assert columns.std() > 1
    assert columns.mean() == pytest.approx(14, abs=1)
    amount = ink.sum(axis=(1, 2)) / (1 - seven[0]).sum()
    assert amount.std() > 0.3
    assert (ink.max(axis=(1, 2)) < 0.8).mean() > 0.05


def test_some_ones_and_nothing_else_begin_with_an_upstroke(digits: Split) -> None:
    """An upstroke adds ink to the left of a 1's top, and leaves its foot alone."""
    one = np.repeat(1 - digits.x[digits.y == 1][:1, ..., 0], 600, axis=0)
    plain, flagged = (rewrite(one.copy(), np.full(600, label), generator()) for label in (0, 1))
    amount = flagged.sum(axis=(1, 2)) / plain.sum(axis=(1, 2)).mean()
    assert 1.1 < amount.mean() < 1.5
    upper, lower = (flagged[:, rows].mean() / plain[:, rows].mean() for rows in (slice(12), slice(16, 28)))
    assert upper > lower + 0.1


def test_half_are_framed_as_the_app_frames_them(digits: Split) -> None:
    """Where neither line nor light was added, a framed digit fits a 20 x 20 box and touches two of its sides."""
    ink = 1 - augment(digits.x, digits.y, generator())[..., 0]
    rows, columns = ((ink.max(axis=axis) > 0.05).sum(axis=1) for axis in (2, 1))
    framed = np.maximum(rows, columns) == 20
    assert 0.08 < framed.mean() < 0.6


def test_feed_repeats_by_seed_and_epoch_and_keeps_labels(digits: Split) -> None:
    def epochs(seed: int, numbers: range) -> list[Split]:
        return list(feed(digits, augmented=0.5, outliers=0, seed=seed, epochs=numbers))

    zero, one, two = epochs(3, range(3))
    np.testing.assert_array_equal(epochs(3, range(2, 3))[0].x, two.x)
    assert (zero.y != one.y).any()
    assert (epochs(4, range(1))[0].y != zero.y).any()
    for epoch in (zero, one, two):
        np.testing.assert_array_equal(np.sort(epoch.y), np.sort(digits.y))
        np.testing.assert_array_equal(epoch.onehot.argmax(axis=1), epoch.y)


def test_feed_augments_the_share_asked_for(digits: Split) -> None:
    known = {image.tobytes(): label for image, label in zip(digits.x, digits.y, strict=True)}
    for share in (0.0, 0.5, 1.0):
        (epoch,) = feed(digits, augmented=share, outliers=0, seed=0, epochs=range(1))
        untouched = [index for index, image in enumerate(epoch.x) if image.tobytes() in known]
        assert 1 - len(untouched) / len(epoch.x) == pytest.approx(share, abs=0.08)
        assert all(known[epoch.x[index].tobytes()] == epoch.y[index] for index in untouched)


def test_some_strokes_are_hollow() -> None:
    """A bold bar keeps its outline and loses its middle."""
    bar = np.zeros((2000, 28, 28), np.float32)
    bar[:, 4:24, 9:19] = 1
    drawn = retrace(bar, generator())
    hollow = drawn[:, 14, 14] < 0.1
    assert hollow.mean() == pytest.approx(HOLLOW, abs=0.02)
    assert (drawn[hollow, 14].sum(axis=1) > 0.5).all()


def test_feed_mixes_in_what_is_no_digit_with_even_odds(digits: Split) -> None:
    (epoch,) = feed(digits, augmented=0.5, outliers=0.1, seed=0, epochs=range(1))
    strange = epoch.y == NO_DIGIT
    assert strange.sum() == round(0.1 * len(digits.x))
    np.testing.assert_allclose(epoch.onehot[strange], 0.1)
    np.testing.assert_array_equal(np.sort(epoch.y[~strange]), np.sort(digits.y))
    assert np.abs(np.flatnonzero(strange).mean() / len(epoch.y) - 0.5) < 0.1  # not all at one end


def test_corruptions_said_to_be_resembled_exist() -> None:
    assert set(RESEMBLED) < set(corruptions.NAMES)
