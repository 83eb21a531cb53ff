"""What is printed or ruled on a sheet before anybody writes: lines, squares, margins, tables, borders."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from dataset.scenes.pen import Colour
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH, Sheet

LINE_COLOURS: Final[tuple[Colour, ...]] = (
    (0.85, 0.65, 0.50),
    (0.70, 0.70, 0.70),
    (0.60, 0.55, 0.85),
    (0.75, 0.60, 0.60),
)
MARGIN_RED: Final[Colour] = (0.45, 0.40, 0.85)


def rule(sheet: Sheet, rng: np.random.Generator) -> None:
    """Rule the sheet, now and then with a red margin."""
    spacing, colour = rng.uniform(28, 70), LINE_COLOURS[rng.integers(len(LINE_COLOURS))]
    width = int(rng.integers(1, 3))
    for y in np.arange(rng.uniform(0, spacing), sheet.owner.shape[0], spacing):
        _line(sheet, (0, y), (sheet.owner.shape[1], y), colour, width)
    if rng.random() < 0.4:
        x = MARGIN + rng.uniform(20, 120)
        _line(sheet, (x, 0), (x, sheet.owner.shape[0]), MARGIN_RED, width)


def square(sheet: Sheet, rng: np.random.Generator) -> None:
    """Cover the sheet with squares."""
    spacing, colour = rng.uniform(16, 45), LINE_COLOURS[rng.integers(len(LINE_COLOURS))]
    height, width = sheet.owner.shape
    for y in np.arange(rng.uniform(0, spacing), height, spacing):
        _line(sheet, (0, y), (width, y), colour, 1)
    for x in np.arange(rng.uniform(0, spacing), width, spacing):
        _line(sheet, (x, 0), (x, height), colour, 1)


def table(
    sheet: Sheet, cell: tuple[float, float], colour: Colour, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Draw a table with cells of a height and width in pixels; returns their upper left corners (y, x)."""
    height, width = cell
    rows, columns = max(1, int((HEIGHT - 70) / height)), max(1, int((WIDTH - 70) / width))
    top, left = MARGIN + rng.uniform(25, 45), MARGIN + rng.uniform(25, 45)
    ys, xs = top + height * np.arange(rows + 1), left + width * np.arange(columns + 1)
    thick = int(rng.integers(1, 5))
    for y in ys:
        _line(sheet, (xs[0], y), (xs[-1], y), colour, thick)
    for x in xs:
        _line(sheet, (x, ys[0]), (x, ys[-1]), colour, thick)
    return [(float(y), float(x)) for y in ys[:-1] for x in xs[:-1]]


def border(sheet: Sheet, colour: Colour, rng: np.random.Generator) -> None:
    """Print a frame along the sides of the view."""
    left, top = MARGIN + rng.uniform(8, 30, 2)
    right, bottom = MARGIN + np.array([WIDTH, HEIGHT]) - rng.uniform(8, 30, 2)
    thick = int(rng.integers(1, 5))
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        _line(sheet, start, end, colour, thick)


def _line(
    sheet: Sheet,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: Colour,
    width: int,
) -> None:
    drawn = np.zeros(sheet.owner.shape, np.uint8)
    ends = [tuple(round(v * 16) for v in point) for point in (start, end)]
    cv2.line(drawn, ends[0], ends[1], 255, width, cv2.LINE_AA, 4)
    x, y, w, h = cv2.boundingRect(drawn)
    sheet.paint(np.divide(drawn[y : y + h, x : x + w], 255, dtype=np.float32), y, x, colour)
