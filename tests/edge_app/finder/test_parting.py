"""Digits that run into one another, and walls between cells."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import find_digits
from edge_app.finder.shape import is_wall
from edge_app.finder.writing import outline
from edge_app.result import explained
from edge_app.runtime.prediction import Reason, Thresholds, predict

Image = NDArray[np.uint8]


def sheet() -> Image:
    noise = np.random.default_rng(0).normal(0, 2, (480, 640, 3))
    return np.clip(225 + noise, 0, 255).astype(np.uint8)


def put(page: Image, text: str, x: int, y: int) -> None:
    cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 2, (70, 40, 40), 4, cv2.LINE_AA)


def test_neighbours_that_a_faint_stroke_joins_are_two_digits() -> None:
    page = sheet()
    for row in range(4):
        put(page, "4", 60, 100 + 100 * row)
        put(page, "6", 160, 100 + 100 * row)
    put(page, "3", 330, 200)
    put(page, "5", 385, 200)
    cv2.line(page, (360, 180), (390, 180), (170, 160, 160), 4, cv2.LINE_AA)  # half as dark as the digits
    beside = [digit.box for digit in find_digits(page) if digit.box.x > 300]
    assert len(beside) == 2
    assert max(box.width for box in beside) < 60


def ink_of(*lines: tuple[tuple[int, int], tuple[int, int], int]) -> Image:
    """Strength of ink, uint8 [120, 120], of straight lines: from, to and strength."""
    strength = np.zeros((120, 120), np.uint8)
    for start, end, level in lines:
        cv2.line(strength, start, end, level, 3)
    return strength


def upright(strength: Image) -> bool:
    """Ask about the upright stroke in the middle, from row 32 to 88."""
    alone = np.zeros_like(strength)
    alone[32:88, 55:66] = strength[32:88, 55:66]
    (writing,) = outline((alone > 60).astype(np.uint8), 5)
    return is_wall(writing, strength)


def test_a_stroke_between_two_lines_as_dark_as_itself_is_a_wall() -> None:
    above, below = ((20, 30), (100, 30), 200), ((20, 90), (100, 90), 200)
    assert upright(ink_of(above, below, ((60, 30), (60, 90), 200)))


def test_a_stroke_that_meets_one_line_or_fainter_ones_is_no_wall() -> None:
    stroke = ((60, 32), (60, 87), 200)
    assert not upright(ink_of(((20, 30), (100, 30), 200), stroke))
    assert not upright(ink_of(((20, 30), (100, 30), 90), ((20, 90), (100, 90), 90), stroke))
    assert not upright(ink_of(stroke))


def test_what_may_be_print_is_always_doubted() -> None:
    certain = predict(np.eye(10)[[1] * 5], Thresholds(1.0, 0.5))
    assert explained(certain, Reason.PRINT).reason is Reason.PRINT
    assert explained(certain, Reason.LINE).reason is None
