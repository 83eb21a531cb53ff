"""Reading small pictures that show one digit."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import load_split
from edge_app.finder import Box, cut_digit, find_digits
from edge_app.finder.crop import _lies_along_edge
from edge_app.finder.ink import MARGIN
from edge_app.finder.normalise import normalise
from edge_app.finder.writing import outline
from edge_app.runtime.classifier import Classifier

PHOTOGRAPHS = Path(__file__).parents[2] / ".." / "shared" / "photos"


def crop_of(ink: NDArray[np.float32], paper: int = 170, side: int = 62) -> NDArray[np.uint8]:
    """A grey crop of a digit, 62 x 62, from its MNIST ink, float32 [28, 28]."""
    enlarged = cv2.resize(ink, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(paper * (1 - 0.7 * enlarged), 0, 255).astype(np.uint8)


def unlike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Mean absolute difference of two digits' images, at the best of nine shifts by up to a pixel."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return float(min(np.abs(np.roll(one, shift, axis=(0, 1)) - other).mean() for shift in shifts))


@pytest.fixture(scope="module")
def inks() -> NDArray[np.float32]:
    return 1 - load_split("MNIST", "test").x[:40, ..., 0]


def test_a_crop_shows_its_digit(inks: NDArray[np.float32]) -> None:
    for ink in inks:
        digit = cut_digit(crop_of(ink))
        assert digit is not None
        assert unlike(digit.image, normalise(ink)) < 0.07


def test_the_box_is_in_the_crops_pixels(inks: NDArray[np.float32]) -> None:
    crop = crop_of(inks[0])
    digit = cut_digit(crop)
    assert digit is not None
    x, y, width, height = cv2.boundingRect((crop < 120).astype(np.uint8))
    assert abs(digit.box.x - x) <= 2
    assert abs(digit.box.y - y) <= 2
    assert abs(digit.box.width - width) <= 3
    assert abs(digit.box.height - height) <= 3


def test_find_digits_takes_a_small_frame_for_a_crop(inks: NDArray[np.float32]) -> None:
    raw = np.rint(255 * inks[0]).astype(np.uint8)  # MNIST as it is stored: light on dark, 28 x 28
    (digit,) = find_digits(raw)
    assert unlike(digit.image, normalise(inks[0])) < 0.05


def test_a_stroke_at_the_edge_is_kept(inks: NDArray[np.float32]) -> None:
    crop = crop_of(inks[0])
    x, y, width, height = cv2.boundingRect((crop < 120).astype(np.uint8))
    tight = crop[y : y + height, x : x + width]
    digit = cut_digit(tight)
    assert digit is not None
    assert unlike(digit.image, normalise(inks[0])) < 0.07


@pytest.mark.parametrize("side", [0, 1, 2, 3])
def test_a_printed_line_along_the_edge_is_left_out(inks: NDArray[np.float32], side: int) -> None:
    for ink in inks[:10]:
        crop = np.pad(crop_of(ink), 5, mode="edge")
        lined = np.rot90(crop, side).copy()
        lined[:, :4] = 25
        digit, clean = cut_digit(np.rot90(lined, -side).copy()), cut_digit(crop)
        assert digit is not None
        assert clean is not None
        assert unlike(digit.image, clean.image) < 0.04


def test_bare_paper_shows_no_digit() -> None:
    assert cut_digit(np.full((62, 62), 170, np.uint8)) is None
    assert cut_digit(np.full((1, 1), 170, np.uint8)) is None


@pytest.mark.parametrize(("height", "width"), [(112, 112), (224, 224), (336, 168), (112, 56)])
def test_of_a_crop_of_any_size_the_box_is_exact(height: int, width: int) -> None:
    scale = max(height, width) // 112
    crop = np.full((height, width), 200, np.uint8)
    x, y, w, h = (scale * side for side in (20, 30, 8, 50))
    crop[y : y + h, x : x + w] = 50
    digit = cut_digit(crop)
    assert digit is not None
    assert digit.box == Box(x, y, w, h)


@pytest.mark.parametrize(
    ("place", "along"),
    [
        ((0, 20, 21, 20), True),
        ((0, 20, 22, 20), False),
        ((79, 20, 21, 20), True),
        ((78, 20, 22, 20), False),
        ((40, 0, 20, 12), True),
        ((40, 0, 20, 13), False),
        ((40, 48, 20, 12), True),
        ((40, 47, 20, 13), False),
    ],
)
def test_what_has_less_than_three_tenths_of_its_ink_inside_the_rim_lies_along_the_edge(
    place: tuple[int, int, int, int],
    along: bool,  # noqa: FBT001 - a case
) -> None:
    """The rim of a crop 100 wide and 60 high is 15 pixels at the sides and 9 above and below."""
    x, y, width, height = place
    mask = np.zeros((60 + 2 * MARGIN, 100 + 2 * MARGIN), np.uint8)
    mask[y + MARGIN : y + MARGIN + height, x + MARGIN : x + MARGIN + width] = 1
    assert _lies_along_edge(outline(mask, 1)[0], (100, 60)) == along


@pytest.mark.skipif(not PHOTOGRAPHS.exists(), reason="the folder of photographed digits is not part of the repository")
def test_photographed_digits_are_mostly_read_right(classifier: Classifier) -> None:
    with (PHOTOGRAPHS / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    right = 0
    for row in rows:
        crop = cv2.imread(str(PHOTOGRAPHS / "crops" / row["file"]), cv2.IMREAD_GRAYSCALE)
        digit = cut_digit(np.asarray(crop, np.uint8))
        assert digit is not None
        right += classifier.classify(digit.image).label == int(row["label"])
    assert right > 0.8 * len(rows)
