"""A scan of a filled-in form: A4 at 600 dots an inch, 35 million pixels, 1,150 handwritten digits in rows of boxes."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dataset.scenes import lettering
from dataset.scenes.scene import Scene, TruthBox, TruthDigit
from dataset.scenes.stock import stock_of

WIDTH: Final = 4960
HEIGHT: Final = 7016
ROWS: Final = 46
BOXES: Final = 25
"""Of a row."""
CELL: Final = (120, 112)
"""Height and width of a box in pixels: 5 mm."""
PITCH: Final = 148
"""From row to row."""
TOP: Final = 110
LEFT: Final = 1500
INKED: Final = 0.3
"""Ink from which a pixel of an MNIST image belongs to the digit."""
SMOOTH: Final = 3.0
"""How sharply a stroke ends."""
GREY: Final = 90
NOISE: Final = 2.5


def render_scan(seed: int) -> Scene:
    """Draw the form; the same seed draws the same one, byte for byte. It takes 250 MB."""
    rng = np.random.default_rng([seed, *b"scan"])
    stock = stock_of("test")
    page = np.full((HEIGHT, WIDTH, 3), 236, np.uint8)
    digits = []
    for row in range(ROWS):
        top = TOP + row * PITCH
        font = stock.fonts[rng.integers(len(stock.fonts))]
        caption = lettering.printed(lettering.word(rng, 4, 12), font, 40)
        _ink(page, caption, (top + 40, 300), (40, 40, 40))
        for box in range(BOXES):
            left = LEFT + box * CELL[1]
            cv2.rectangle(page, (left, top), (left + CELL[1], top + CELL[0]), (GREY, GREY, GREY), 3)
        for box in range(BOXES):
            index = int(rng.integers(len(stock.digits.x)))
            coverage = _enlarged(1 - stock.digits.x[index, ..., 0], int(rng.integers(64, 92)))
            height, width = coverage.shape
            y = top + (CELL[0] - height) // 2 + int(rng.integers(-6, 7))
            x = LEFT + box * CELL[1] + (CELL[1] - width) // 2 + int(rng.integers(-6, 7))
            _ink(page, coverage, (y, x), (110, 45, 35))
            digits.append(TruthDigit(TruthBox(x, y, width, height), int(stock.digits.y[index]), index))
    for band in np.array_split(page, ROWS):
        np.add(band, np.clip(rng.normal(0, NOISE, band.shape), -9, 9), out=band, casting="unsafe")
    return Scene(page, digits=tuple(digits))


def _enlarged(ink: NDArray[np.float32], height: int) -> NDArray[np.float32]:
    """Enlarge an MNIST digit to a height in pixels, or to the width of a box if it is wide; coverage, 0 to 1."""
    x, y, w, h = cv2.boundingRect((ink > INKED).view(np.uint8))
    scale = min(height / h, 0.85 * CELL[1] / w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    large = cv2.resize(ink[y : y + h, x : x + w], size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(SMOOTH * (large - INKED), 0, 1), np.float32)


def _ink(
    page: NDArray[np.uint8], coverage: NDArray[np.float32], corner: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    """Put ink of a colour on the page; the corner is its row and column."""
    height, width = coverage.shape
    part = page[corner[0] : corner[0] + height, corner[1] : corner[1] + width]
    covered = coverage[: part.shape[0], : part.shape[1], None]
    part[:] = part * (1 - covered) + covered * np.array(colour)
