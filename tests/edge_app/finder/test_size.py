"""Digits of one page are about as high as one another: what is much smaller may be print."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import load_split
from edge_app.finder import find_digits
from edge_app.runtime.prediction import Reason

Image = NDArray[np.uint8]

ROW = 90
COLUMN = 80
EIGHT = 61
"""Index of an 8 among MNIST's test digits."""


def page_of(heights: list[int]) -> Image:
    """A page with a handwritten 8 of each height in pixels, in rows of seven."""
    ink = 1 - load_split("MNIST", "test").x[EIGHT, ..., 0]
    x, y, width, tall = cv2.boundingRect((ink > 0.2).astype(np.uint8))
    ink = ink[y : y + tall, x : x + width]
    rows = -(-len(heights) // 7)
    page = np.full((ROW * rows + 40, COLUMN * 7 + 40), 220, np.uint8)
    for number, height in enumerate(heights):
        row, column = divmod(number, 7)
        left, bottom, across = 20 + COLUMN * column, 100 + ROW * row, round(width * height / tall)
        drawn = cv2.resize(ink, (across, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)
        page[bottom - height : bottom, left : left + across] = 220 - 190 * drawn
    return page


def doubted(heights: list[int]) -> list[tuple[int, bool]]:
    """Height of each digit found, in pixels, and whether it may be print."""
    return [(digit.box.height, digit.doubt is Reason.PRINT) for digit in find_digits(page_of(heights))]


def test_what_is_less_than_seven_tenths_as_high_as_most_digits_may_be_print() -> None:
    found = doubted([50] * 21 + list(range(30, 46)))
    assert len(found) == 37
    usual = np.median([height for height, _ in found])
    assert [small for _, small in found] == [height < 0.7 * usual for height, _ in found]
    assert 0 < sum(small for _, small in found) < 16


@pytest.mark.parametrize(("others", "known"), [(6, False), (7, True)])
def test_eight_digits_say_how_high_digits_are(others: int, known: bool) -> None:  # noqa: FBT001
    found = doubted([50] * others + [24])
    assert [small for _, small in found] == [False] * others + [known]
