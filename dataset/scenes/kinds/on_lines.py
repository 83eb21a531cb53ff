"""Pages where digits stand in or on what is printed: squares, rules, boxes, grids and tinted cells."""

from __future__ import annotations

import numpy as np

from dataset.scenes import printed, surroundings
from dataset.scenes.kinds.desk import Desk, lay, print_text
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH
from dataset.scenes.writing import Writer


def squared(desk: Desk) -> Writer:
    """Columns of numbers on squared paper, a digit in each square or in each two by two."""
    size = desk.uniform(24, 46)
    writer = desk.writer(size)
    spacing = size / desk.uniform(0.75, 0.98)
    printed.squares(writer.sheet, spacing / int(desk.rng.integers(1, 3)), desk.rng)
    lay(writer)
    _fill(writer, spacing, spacing, share=desk.uniform(0.3, 0.75))
    return writer


def listed(desk: Desk) -> Writer:
    """A list of numbers, each on a ruled or dotted line or just above it."""
    size = desk.uniform(26, 50)
    writer = desk.writer(size)
    spacing, sit = size * desk.uniform(1.2, 1.7), desk.uniform(-0.02, 0.2)
    baselines = np.arange(MARGIN + 10 + spacing, MARGIN + HEIGHT - 8, spacing)
    printed.baselines(writer.sheet, baselines, dotted=desk.rng.random() < 0.3, rng=desk.rng)
    if desk.rng.random() < 0.4:
        printed.margin(writer.sheet, desk.rng)
    lay(writer)
    for baseline in baselines:
        left = MARGIN + desk.uniform(30, 60)
        for number in range(3):
            for place in range(int(desk.rng.integers(1, 5))):
                x = left + (0.95 * place + 5.2 * number) * size
                writer.write_in((baseline - (0.5 + sit) * size, x), astray=0.03)
    return writer


def form(desk: Desk) -> Writer:
    """Rows of boxes with captions; digits touch the boxes and stray over their lines."""
    size = desk.uniform(28, 48)
    writer = desk.writer(size)
    cell, top = size * desk.uniform(1.15, 1.5), MARGIN + 24.0
    while top < MARGIN + HEIGHT - 2.1 * cell:
        print_text(writer, desk, int(desk.rng.integers(1, 4)), (top, MARGIN + 20), 0.35 * size)
        boxes = int(desk.rng.integers(5, 11))
        printed.comb(writer.sheet, (top + 0.5 * size, MARGIN + 20), (cell, cell), boxes, desk.rng)
        for place in range(boxes):
            if desk.rng.random() < 0.8:
                writer.write_in((top + 0.5 * size + cell / 2, MARGIN + 20 + (place + 0.5) * cell), astray=0.1)
        top += cell + desk.uniform(1, 1.5) * size
    return writer


def sudoku(desk: Desk) -> Writer:
    """Squares with thin and bold lines, in some a printed digit, in some a handwritten one that strays over the lines.

    A headline and small print stand around, as in a newspaper.
    """
    cell = desk.uniform(43, 52)
    writer = desk.writer(cell * desk.uniform(0.6, 0.78), (760, 640))
    top, left = MARGIN + desk.uniform(70, 120), MARGIN + desk.uniform(20, 200)
    _print_around(writer, desk, (top, left), 9 * cell)
    printed.sudoku(writer.sheet, (top, left), cell, desk.rng)
    font = desk.stock.fonts[desk.rng.integers(len(desk.stock.fonts))]
    for row in range(9):
        for column in range(9):
            middle, chance = (top + (row + 0.5) * cell, left + (column + 0.5) * cell), desk.rng.random()
            if chance < 0.35:
                surroundings.print_digit(writer.sheet, int(desk.rng.integers(1, 10)), font, 0.52 * cell, middle)
            elif chance < 0.75:
                writer.write_in(middle, astray=0.14)
    return writer


def _print_around(writer: Writer, desk: Desk, corner: tuple[float, float], side: float) -> None:
    """Print a headline above a square with an upper left corner (y, x), and small print below and beside it."""
    (top, left), (width, height) = corner, writer.sheet.size
    print_text(writer, desk, int(desk.rng.integers(1, 4)), (MARGIN + 10, left), desk.uniform(16, 44))
    small = desk.uniform(9, 24)
    for y in np.arange(top + side + small, MARGIN + height - 1.5 * small, 1.8 * small):
        print_text(writer, desk, int(desk.rng.integers(1, 9)), (y, left), small)
    if left + side + 6 * small < MARGIN + width:
        for y in np.arange(top, top + side, 2.5 * small):
            print_text(writer, desk, int(desk.rng.integers(1, 4)), (y, left + side + small), small)


def tinted(desk: Desk) -> Writer:
    """A table with some of its cells tinted, evenly or in halftone."""
    size = desk.uniform(30, 52)
    writer = desk.writer(size)
    height, width = size * desk.uniform(1.4, 1.9), size * desk.uniform(1.4, 2)
    corners = [
        (y, x)
        for y in np.arange(MARGIN + 15, MARGIN + HEIGHT - height - 5, height)
        for x in np.arange(MARGIN + 15, MARGIN + WIDTH - width - 5, width)
    ]
    surroundings.tint(writer.sheet, [c for c in corners if desk.rng.random() < 0.4], (height, width), desk.rng)
    printed.cells(writer.sheet, corners, (height, width), desk.rng)
    for y, x in corners:
        if desk.rng.random() < 0.6:
            writer.write_in((y + height / 2, x + width / 2), astray=0.08)
    return writer


def small(desk: Desk) -> Writer:
    """A form of small writing on a large picture."""
    size = desk.uniform(22, 60)
    writer = desk.writer(size, (1920, 1440))
    cell = size * desk.uniform(1.3, 1.7)
    corners = [
        (y, x)
        for y in np.arange(MARGIN + 40, MARGIN + 1440 - cell - 40, desk.uniform(1.2, 3) * cell)
        for x in np.arange(MARGIN + 40, MARGIN + 1920 - cell - 40, cell)
    ]
    printed.cells(writer.sheet, corners, (cell, cell), desk.rng)
    for y, x in corners:
        if desk.rng.random() < 0.5 and len(writer.sheet.written) < 200:
            writer.write_in((y + cell / 2, x + cell / 2), astray=0.05)
    return writer


def _fill(writer: Writer, height: float, width: float, share: float) -> None:
    """Write columns of numbers, a digit a square, until the view is full."""
    rng = writer.rng
    columns = np.arange(MARGIN + 0.7 * width, MARGIN + WIDTH - 0.6 * width, width)
    kept = rng.random(len(columns)) < share
    for y in np.arange(MARGIN + 0.8 * height, MARGIN + HEIGHT - 0.6 * height, height):
        for x in columns[kept]:
            if rng.random() < 0.8:
                writer.write_in((y, x), astray=0.03)
