"""What every corruption keeps to: shapes, determinism, a digit that can still be read."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from dataset.corruptions import NAMES, corrupt

Images = NDArray[np.uint8]

FIFTEEN = (
    "shot_noise",
    "impulse_noise",
    "glass_blur",
    "motion_blur",
    "shear",
    "scale",
    "rotate",
    "brightness",
    "translate",
    "stripe",
    "fog",
    "spatter",
    "dotted_line",
    "zigzag",
    "canny_edges",
)
DRAWN_BY_RULE = {"identity", "scale", "brightness", "stripe", "canny_edges"}
FEW = 12


@pytest.fixture(scope="module")
def digits(raw: dict[str, Images]) -> Images:
    return raw["x_test"][:300]


def test_the_fifteen_of_the_benchmark_and_identity_are_there() -> None:
    assert NAMES[0] == "identity"
    assert NAMES[1:] == FIFTEEN


def test_identity_changes_nothing(digits: Images) -> None:
    np.testing.assert_array_equal(corrupt(digits, "identity", split="test"), digits)


@pytest.mark.parametrize("name", NAMES)
def test_pixels_in_pixels_out(digits: Images, name: str) -> None:
    before = digits[:FEW].copy()
    corrupted = corrupt(digits[:FEW], name, split="test")
    assert corrupted.dtype == np.uint8
    assert corrupted.shape == (FEW, 28, 28)
    np.testing.assert_array_equal(digits[:FEW], before)


@pytest.mark.parametrize("name", FIFTEEN)
def test_every_image_is_changed(digits: Images, name: str) -> None:
    changed = corrupt(digits[:FEW], name, split="test") != digits[:FEW]
    assert changed.any(axis=(1, 2)).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_image_comes_out_the_same_whatever_stands_around_it(digits: Images, name: str) -> None:
    whole = corrupt(digits[:260], name, split="test")  # more than one block
    np.testing.assert_array_equal(corrupt(digits[:260], name, split="test"), whole)
    np.testing.assert_array_equal(corrupt(digits[:FEW], name, split="test"), whole[:FEW])
    others = np.concatenate([digits[1:260], digits[259:260]])
    np.testing.assert_array_equal(corrupt(others, name, split="test")[259], whole[259])


@pytest.mark.parametrize("name", NAMES)
def test_halves_and_seeds_are_drawn_apart(digits: Images, name: str) -> None:
    images = digits[:FEW]
    first = corrupt(images, name, split="test")
    for other in (corrupt(images, name, split="train"), corrupt(images, name, split="test", seed=1)):
        assert np.array_equal(other, first) == (name in DRAWN_BY_RULE)


@pytest.mark.parametrize("name", sorted(set(FIFTEEN) - DRAWN_BY_RULE))
def test_twins_are_not_corrupted_alike(digits: Images, name: str) -> None:
    twins = np.repeat(digits[:1], 40, axis=0)
    assert len(np.unique(corrupt(twins, name, split="test"), axis=0)) > 1


def test_threads_side_by_side_draw_the_same(digits: Images) -> None:
    expected = [corrupt(digits[:FEW], name, split="test") for name in NAMES]
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda name: corrupt(digits[:FEW], name, split="test"), NAMES))
    np.testing.assert_array_equal(drawn, expected)


@settings(max_examples=40, deadline=None)
@given(
    images=arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(28), st.just(28)), elements=st.integers(0, 255)),
    name=st.sampled_from(NAMES),
    seed=st.integers(0, 2**40),
)
def test_any_pixels_can_be_corrupted(images: Images, name: str, seed: int) -> None:
    corrupted = corrupt(images, name, split="train", seed=seed)
    assert corrupted.shape == images.shape
    np.testing.assert_array_equal(corrupt(images, name, split="train", seed=seed), corrupted)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shot_noise", 0.88),
        ("impulse_noise", 0.66),
        ("glass_blur", 0.80),
        ("motion_blur", 0.72),
        ("shear", 0.54),
        ("scale", 0.44),
        ("rotate", 0.52),
        ("brightness", 0.97),
        ("translate", 0.13),
        ("stripe", 0.17),
        ("fog", 0.85),
        ("spatter", 0.94),
        ("dotted_line", 0.91),
        ("zigzag", 0.83),
        ("canny_edges", 0.22),
    ],
)
def test_likeness_to_the_clean_digit_stays_what_it_was_seen_to_be(digits: Images, name: str, expected: float) -> None:
    likeness = _correlation(corrupt(digits, name, split="test"), digits)
    assert likeness == pytest.approx(expected, abs=0.02)


def _correlation(ours: Images, theirs: Images) -> float:
    """The mean over images of the correlation between two stacks."""
    first, second = (stack.reshape(len(stack), -1) / 255.0 for stack in (ours, theirs))
    first -= first.mean(axis=1, keepdims=True)
    second -= second.mean(axis=1, keepdims=True)
    products = (first * second).sum(axis=1)
    return float((products / np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))).mean())
