"""What stands on pages beside digits: printed and handwritten words, signatures, brackets."""

from __future__ import annotations

import string
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Array = NDArray[np.float32]

LETTERS: Final = "ACEFHJKLMNPRTUVWXYacdefhkmnprtuvwxy"
"""Those that are nobody's digit: B, G, I, O, S, Z, b, g, i, j, l, o, q, s, z are left out."""
SYMBOLS: Final = "()[]{}<>+=%&?#@"
NUMERALS: Final = 0.3
"""Share of a printed line's words that are numbers."""
CASES: Final = (0.6, 0.25, 0.15)
"""Shares of its words in small letters, with one capital, and in capitals."""
STOPS: Final = ".,:;-"
STOPPED: Final = 0.15
"""Share of its words that end in one of them."""

AROUND: Final = 2
"""Pixels of bare paper around a printed text."""


def printed(text: str, font: str, height: float) -> Array:
    """Print a text in one of Matplotlib's fonts, a capital's height in pixels; coverage, float32 [h, w]."""
    face = _face_of(font, height)
    left, top, right, bottom = face.getbbox(text)
    image = Image.new("L", (int(right - left) + 2 * AROUND, int(bottom - top) + 2 * AROUND))
    ImageDraw.Draw(image).text((AROUND - left, AROUND - top), text, fill=255, font=face)
    return np.asarray(image, np.float32) / np.float32(255)


def digits_of(text: str, font: str, height: float) -> list[tuple[int, slice]]:
    """Tell where the digits of a printed text are: the label of each, and its columns in what `printed` gives."""
    face = _face_of(font, height)
    start = AROUND - face.getbbox(text)[0]
    ends = [round(start + face.getlength(text[:count])) for count in range(len(text) + 1)]
    return [(int(sign), slice(*ends[at : at + 2])) for at, sign in enumerate(text) if sign.isdigit()]


def handwritten(text: str, font: int, height: float, nib: float, rng: np.random.Generator) -> Array:
    """Write a text by hand: one of OpenCV's stroke fonts, bent and slanted; coverage, float32 [h, w]."""
    scale = height / 22
    thick = max(1, round(nib))
    (width, tall), below = cv2.getTextSize(text, font, scale, thick)
    pad = round(0.3 * height) + thick
    canvas = np.zeros((tall + below + 2 * pad, width + 2 * pad), np.uint8)
    cv2.putText(canvas, text, (pad, pad + tall), font, scale, 255, thick, cv2.LINE_AA)
    return _tight(_bent(np.divide(canvas, 255, dtype=np.float32), 0.06 * height, height / 2, rng))


def signature(height: float, nib: float, rng: np.random.Generator) -> Array:
    """Sign with a smooth line that runs on to the right in loops; coverage, float32 [h, w]."""
    turns = int(rng.integers(5, 14))
    across = np.cumsum(rng.uniform(-0.25, 0.8, turns)) * height
    points = np.stack([across, rng.uniform(0, 1, turns) * height * rng.uniform(0.3, 1, turns)], axis=1)
    path = cv2.resize(points[:, None].astype(np.float32), (1, 16 * turns), interpolation=cv2.INTER_CUBIC)
    path -= path.min(axis=0)
    pad = round(nib) + 2
    width, tall = (int(v) + 2 * pad + 1 for v in path.max(axis=0)[0])
    canvas = np.zeros((tall, width), np.uint8)
    cv2.polylines(canvas, [np.round(path + pad).astype(np.int32)], False, 255, max(1, round(nib)), cv2.LINE_AA)  # noqa: FBT003 - OpenCV's own
    return np.divide(canvas, 255, dtype=np.float32)


def word(rng: np.random.Generator, shortest: int = 2, longest: int = 8) -> str:
    """Make up a word of letters that are nobody's digits."""
    length = int(rng.integers(shortest, longest + 1))
    return "".join(LETTERS[i] for i in rng.integers(len(LETTERS), size=length))


def line(rng: np.random.Generator, words: int) -> str:
    """Make up a line of print of so many words: of any letters, and numbers among them."""
    return " ".join(_printed_word(rng) for _ in range(words))


def symbol(rng: np.random.Generator) -> str:
    """Pick a bracket or another sign."""
    return SYMBOLS[rng.integers(len(SYMBOLS))]


def _printed_word(rng: np.random.Generator) -> str:
    numeral = rng.random() < NUMERALS
    signs = string.digits if numeral else string.ascii_lowercase
    drawn = "".join(signs[i] for i in rng.integers(len(signs), size=rng.integers(1, 5 if numeral else 9)))
    cased = (drawn, drawn.capitalize(), drawn.upper())[int(rng.choice(3, p=CASES))]
    return cased + (rng.choice(list(STOPS)) if rng.random() < STOPPED else "")


def _face_of(font: str, height: float) -> ImageFont.FreeTypeFont:
    return _face(font, max(6, round(height / 0.72)))


@cache
def _face(font: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(mpl.get_data_path(), "fonts", "ttf", f"{font}.ttf"), size)


def _bent(drawn: Array, far: float, size: float, rng: np.random.Generator) -> Array:
    """Shift each point smoothly by about so many pixels, over about so many, and slant the whole."""
    height, width = drawn.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    knots = (max(2, round(height / size)), max(2, round(width / size)))
    waves = [
        cv2.resize(rng.standard_normal(knots, np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    ]
    slant = rng.uniform(-0.1, 0.3) * (y - height / 2)
    return np.asarray(cv2.remap(drawn, x + slant + far * waves[0], y + far * waves[1], cv2.INTER_LINEAR), np.float32)


def _tight(drawn: Array) -> Array:
    x, y, width, height = cv2.boundingRect((drawn > 0.05).view(np.uint8))
    return drawn[y : y + height, x : x + width]
