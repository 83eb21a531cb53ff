"""Crisp text of any size on OpenCV pictures, with the scalable font that Pillow carries."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from edge_app.overlay.theme import Colour
from edge_app.runtime.errors import one_line

DIGIT_HEIGHT = 0.72
"""Height of a digit as a share of the font's size."""


class Align(Enum):
    """Which end of the text stands at the given place, as a share of its width."""

    LEFT = 0.0
    CENTRE = 0.5
    RIGHT = 1.0


class Weight(Enum):
    """How much a stroke is widened, as a share of the font's size."""

    REGULAR = 0.0
    BOLD = 0.024


def write_text(
    canvas: NDArray[np.uint8],
    text: str,
    at: tuple[float, float],
    size: float,
    colour: Colour,
    *,
    align: Align = Align.LEFT,
    weight: Weight = Weight.REGULAR,
) -> None:
    """Write one line; what does not fit on the canvas is cut off.

    Args:
        canvas: uint8 [H, W, 3], changed in place.
        text: the line.
        at: x of the end that `align` names, and y of the middle of its digits.
        size: the font's size in pixels.
        colour: blue, green, red.
        align: which end `at` is.
        weight: how bold.
    """
    mask, ascent = _mask(text, round(size), weight)
    height, width = mask.shape
    left = round(at[0] - align.value * width)
    top = round(at[1] + DIGIT_HEIGHT * round(size) / 2) - ascent
    spot = canvas[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    covered = mask[max(0, -top) :, max(0, -left) :, None][: spot.shape[0], : spot.shape[1]]
    spot[:] = np.rint(spot + (np.array(colour, np.float32) - spot) * covered)


def text_width(text: str, size: float, weight: Weight = Weight.REGULAR) -> int:
    """Width of a line in pixels."""
    return int(_mask(text, round(size), weight)[0].shape[1])


def fit_size(text: str, size: float, width: float, weight: Weight = Weight.REGULAR) -> float:
    """Give the size, at most `size`, at which a line is at most `width` pixels wide."""
    found = text_width(text, size, weight)
    return size if found <= width else max(1.0, size * width / found)


@lru_cache(maxsize=256)
def _mask(text: str, size: int, weight: Weight) -> tuple[NDArray[np.float32], int]:
    """Coverage of a line, float32 [h, w] from 0 to 1, and its baseline's distance from the top."""
    font = _font(size)
    text = one_line(text)
    stroke = weight.value * size
    left, top, right, bottom = font.getbbox(text, anchor="ls", stroke_width=stroke)
    size_px = (max(1, int(np.ceil(right - left))), max(1, int(np.ceil(bottom - top))))
    image = Image.new("L", size_px, 0)
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=font, anchor="ls", stroke_width=stroke)
    return np.asarray(image, np.float32) / np.float32(255), round(-top)


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    # With a size, Pillow's default is its scalable font.
    return cast("ImageFont.FreeTypeFont", ImageFont.load_default(max(1, size)))
