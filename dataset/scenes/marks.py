"""Marks on a sheet that are no digits: dust, dots as on letters, dashes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dataset.scenes.pen import Colour
from dataset.scenes.sheet import Sheet

Array = NDArray[np.float32]


def add_dust(sheet: Sheet, count: int, colour: Colour, rng: np.random.Generator) -> None:
    """Scatter specks of up to 2 pixels radius."""
    for _ in range(count):
        _place(sheet, _disc(rng.uniform(0.5, 2)), colour, 6, rng)


def add_dots(sheet: Sheet, count: int, colour: Colour, rng: np.random.Generator) -> None:
    """Set dots of 2 to 5 pixels radius, apart from the digits."""
    for _ in range(count):
        _place(sheet, _disc(rng.uniform(2, 5)), colour, 16, rng)


def add_dashes(sheet: Sheet, count: int, colour: Colour, rng: np.random.Generator) -> None:
    """Draw level dashes, at least five times as long as they are thick, apart from the digits."""
    for _ in range(count):
        thick = int(rng.integers(2, 6))
        length = int(rng.uniform(max(20, 5 * thick), 90))
        rise = round(length * rng.uniform(-0.12, 0.12))
        drawn = np.zeros((abs(rise) + 2 * thick + 4, length + 2 * thick + 4), np.uint8)
        start = (thick + 2, thick + 2 + max(0, -rise))
        cv2.line(drawn, start, (start[0] + length, start[1] + rise), 255, thick, cv2.LINE_AA)
        _place(sheet, np.divide(drawn, 255, dtype=np.float32), colour, 16, rng)


def _disc(radius: float) -> Array:
    side = int(2 * radius) + 5
    drawn = np.zeros((side, side), np.uint8)
    cv2.circle(drawn, (side * 8, side * 8), round(radius * 16), 255, cv2.FILLED, cv2.LINE_AA, 4)
    return np.divide(drawn, 255, dtype=np.float32)


def _place(sheet: Sheet, coverage: Array, colour: Colour, clearance: int, rng: np.random.Generator) -> None:
    """Paint where the sheet is free, tried ten times."""
    height, width = coverage.shape
    for _ in range(10):
        top = int(rng.integers(clearance, sheet.owner.shape[0] - height - clearance))
        left = int(rng.integers(clearance, sheet.owner.shape[1] - width - clearance))
        if sheet.is_free(top - clearance, left - clearance, height + 2 * clearance, width + 2 * clearance):
            sheet.paint(coverage, top, left, colour)
            return
