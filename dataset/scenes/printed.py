"""What is printed or ruled on a sheet before anybody writes: lines, squares, margins, tables, borders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

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


def squares(sheet: Sheet, spacing: float, rng: np.random.Generator) -> None:
    """Cover the sheet with squares of a size, one line through the view's upper left corner."""
    colour = LINE_COLOURS[rng.integers(len(LINE_COLOURS))]
    height, width = sheet.owner.shape
    for y in np.arange(MARGIN % spacing, height, spacing):
        _line(sheet, (0, y), (width, y), colour, 1)
    for x in np.arange(MARGIN % spacing, width, spacing):
        _line(sheet, (x, 0), (x, height), colour, 1)


def baselines(sheet: Sheet, levels: NDArray[np.floating], *, dotted: bool, rng: np.random.Generator) -> None:
    """Rule lines at so many heights, whole or dotted."""
    colour, width = LINE_COLOURS[rng.integers(len(LINE_COLOURS))], int(rng.integers(1, 3))
    step = rng.uniform(4, 9)
    for y in levels:
        if not dotted:
            _line(sheet, (0, y), (sheet.owner.shape[1], y), colour, width)
            continue
        for x in np.arange(0, sheet.owner.shape[1] - step, step):
            _line(sheet, (x, y), (x + step / 4, y), colour, width)


def margin(sheet: Sheet, rng: np.random.Generator) -> None:
    """Rule a red margin on the left."""
    x = MARGIN + rng.uniform(15, 60)
    _line(sheet, (x, 0), (x, sheet.owner.shape[0]), MARGIN_RED, int(rng.integers(1, 3)))


def comb(
    sheet: Sheet, corner: tuple[float, float], cell: tuple[float, float], count: int, rng: np.random.Generator
) -> None:
    """Print a row of boxes from an upper left corner (y, x) on, of a height and width each."""
    cells(sheet, [(corner[0], corner[1] + number * cell[1]) for number in range(count)], cell, rng)


def cells(
    sheet: Sheet, corners: Sequence[tuple[float, float]], cell: tuple[float, float], rng: np.random.Generator
) -> None:
    """Print boxes at upper left corners (y, x), of a height and width each, grey to black."""
    level, thick = rng.uniform(0.1, 0.55), int(rng.integers(1, 3))
    height, width = cell
    for y, x in corners:
        around = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        for start, end in zip(around, around[1:] + around[:1], strict=True):
            _line(sheet, start, end, (level, level, level), thick)


def sudoku(sheet: Sheet, corner: tuple[float, float], cell: float, rng: np.random.Generator) -> None:
    """Print nine by nine squares, each third line bold."""
    y, x = corner
    bold = int(rng.integers(2, 5))
    for number in range(10):
        thick, at = (bold if number % 3 == 0 else 1), number * cell
        _line(sheet, (x + at, y), (x + at, y + 9 * cell), (0.12, 0.12, 0.12), thick)
        _line(sheet, (x, y + at), (x + 9 * cell, y + at), (0.12, 0.12, 0.12), thick)


def edge_line(sheet: Sheet, rng: np.random.Generator) -> None:
    """Print a line along one edge of the view."""
    width, height = sheet.size
    inset, thick = rng.uniform(0.005, 0.03) * min(width, height), max(1, round(0.02 * min(width, height)))
    if rng.random() < 0.5:
        _line(sheet, (MARGIN + inset, 0), (MARGIN + inset, sheet.owner.shape[0]), (0.2, 0.2, 0.2), thick)
    else:
        _line(sheet, (0, MARGIN + inset), (sheet.owner.shape[1], MARGIN + inset), (0.2, 0.2, 0.2), thick)


def _line(
    sheet: Sheet,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: Colour,
    width: int,
) -> None:
    """Draw a line on the part of the sheet that holds it."""
    (left, top), (right, bottom) = np.minimum(start, end), np.maximum(start, end)
    pad = width + 2
    y0, x0 = max(0, int(top) - pad), max(0, int(left) - pad)
    shape = (
        min(sheet.owner.shape[0], int(bottom) + pad + 1) - y0,
        min(sheet.owner.shape[1], int(right) + pad + 1) - x0,
    )
    if min(shape) <= 0:
        return
    drawn = np.zeros(shape, np.uint8)
    ends = [(round((x - x0) * 16), round((y - y0) * 16)) for x, y in (start, end)]
    cv2.line(drawn, ends[0], ends[1], 255, width, cv2.LINE_AA, 4)
    sheet.paint(np.divide(drawn, 255, dtype=np.float32), y0, x0, colour)
