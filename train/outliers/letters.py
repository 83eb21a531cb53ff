"""Letters and signs that are nobody's digit: of fonts, of OpenCV's pen strokes, and written by a hand of our own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from train.augment.pen import draw_stroke
from train.outliers.canvas import CANVAS, Array, Canvas, canvas, framed

LETTERS: Final = "ACEFHJKLMNPRTUVWXYacdefhkmnprtuvwxy"
"""Those that are nobody's digit: B, G, I, O, S, Z, b, g, l, o, q and the like are left out."""
SIGNS: Final = "+=?&#%@*<>[]{}"
FONTS: Final = ("DejaVuSans", "DejaVuSerif", "cmb", "cmmi", "cmr", "cmti")
"""Files of matplotlib's own that begin so are trained on."""
HERSHEY: Final = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)
SYMBOLS_ONLY: Final = ("DejaVuSansDisplay", "DejaVuSerifDisplay")
HEIGHT: Final = 48
"""Of a font's em, in pixels."""

STROKES: Final = {
    "A": "08 30 68/14 54", "C": "~62 40 12 04 16 48 67", "E": "60 00 08 68/04 44", "F": "60 00 08/04 44",
    "H": "00 08/60 68/04 64", "J": "60 66/~66 58 28 06", "K": "00 08/60 04 68", "L": "00 08 68",
    "M": "08 10 36 50 68", "N": "08 00 68 60", "P": "08 00/~00 40 62 44 04", "R": "08 00/~00 40 62 44 04/24 68",
    "T": "00 60/30 38", "U": "00 05/~05 28 48 65/65 60", "V": "00 38 60", "W": "00 18 33 58 60", "X": "00 68/60 08",
    "Y": "00 34 60/34 38", "a": "~54 24 06 28 55/54 58", "c": "~54 24 06 28 57", "d": "~54 24 06 28 56/50 58",
    "e": "~06 55 44 14 06 28 57", "f": "~51 30 22 28/04 44", "h": "00 08/~05 24 45 48", "k": "00 08/53 05 58",
    "m": "03 08/~04 23 34 38/~34 53 64 68", "n": "03 08/~05 24 45 48", "p": "03 09/~04 33 55 37 07",
    "r": "03 08/~05 24 44", "t": "~20 26 38 57/03 43", "u": "03 06/~06 18 38 55/53 58", "v": "03 28 53",
    "w": "03 18 34 58 63", "x": "03 58/53 08", "y": "03 27/54 27 09",
}  # fmt: skip
"""How each letter is written: strokes of (column, row) on a grid of 6 by 8; those with a tilde are curves."""


def draw_letter(rng: np.random.Generator) -> Array:
    """Draw a letter or a sign, or now and then two or three side by side, float32 [28, 28, 1]."""
    if rng.random() < 0.45:
        return framed(_written(rng))
    letters = LETTERS if rng.random() < 0.8 else SIGNS
    count = 1 if rng.random() < 0.9 else int(rng.integers(2, 4))
    text = "".join(rng.choice(list(letters), count))
    if rng.random() < 0.4:
        return framed(hershey(text, int(rng.choice(HERSHEY)), rng))
    return framed(printed(text, _fonts()[rng.integers(len(_fonts()))], rng))


def hershey(text: str, font: int, rng: np.random.Generator) -> Canvas:
    """Write with one of OpenCV's Hershey fonts, its lines from fine to bold, uint8 [h, w]."""
    thick = int(rng.integers(2, 9))
    (width, height), below = cv2.getTextSize(text, font, 2.0, thick)
    drawn = np.zeros((height + below + 2 * thick, width + 2 * thick), np.uint8)
    cv2.putText(drawn, text, (thick, thick + height), font, 2.0, 255, thick, cv2.LINE_AA)
    return drawn


def printed(text: str, font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> Canvas:
    """Print with a font, its strokes as they are or up to 4 pixels thicker, uint8 [h, w]."""
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (round(right - left) + 8, round(bottom - top) + 8))
    ImageDraw.Draw(picture).text((4 - left, 4 - top), text, fill=255, font=font, stroke_width=int(rng.integers(0, 3)))
    return np.asarray(picture, np.uint8)


def font_files(beginnings: Sequence[str]) -> tuple[Path, ...]:
    """List matplotlib's fonts with letters whose file names begin so."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    names = sorted(path for path in folder.glob("*.ttf") if path.name.startswith(tuple(beginnings)))
    return tuple(path for path in names if path.stem not in SYMBOLS_ONLY)


@cache
def _fonts() -> tuple[ImageFont.FreeTypeFont, ...]:
    return tuple(ImageFont.truetype(path, HEIGHT) for path in font_files(FONTS))


def _written(rng: np.random.Generator) -> Canvas:
    """Write a letter by hand: every point of its strokes a little off, corners now and then rounded."""
    drawn, width = canvas(), int(rng.integers(3, 10))
    wide, high = rng.uniform(5, 10), rng.uniform(6.5, 8.5)
    off, loose = rng.uniform(0, 0.5), rng.random() < 0.3
    for one in STROKES[LETTERS[rng.integers(len(LETTERS))]].split("/"):
        points = np.array([[int(digit) for digit in point] for point in one.removeprefix("~").split()], float)
        points += rng.normal(size=points.shape) * off
        at = (points - (3, 4)) * (wide, high) + CANVAS / 2
        draw_stroke(drawn, at, width, smooth=one.startswith("~") or loose)
    return drawn
