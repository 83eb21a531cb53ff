"""Draws what a camera may be shown in place of a digit, none of it as training draws it.

The letters are of font families that `train.outliers` leaves out, the scribbles of another sort of curve, and the
pieces are cut from the digits that are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import cv2
import numpy as np
from PIL import ImageFont

from edge_app.finder.normalise import SIDE
from train.augment.pen import draw_stroke
from train.outliers.canvas import CANVAS, Array, canvas, framed
from train.outliers.letters import HEIGHT, LETTERS, font_files, hershey, printed
from train.outliers.pieces import draw_piece

FONTS: Final = ("STIXGeneral", "cmss", "cmtt")
"""Files of matplotlib's own that begin so; the other font is the one inside Pillow."""
HERSHEY: Final = (cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
PIPS: Final = {
    1: ((0, 0),),
    2: ((-1, -1), (1, 1)),
    3: ((-1, -1), (0, 0), (1, 1)),
    4: ((-1, -1), (-1, 1), (1, -1), (1, 1)),
    5: ((-1, -1), (-1, 1), (0, 0), (1, -1), (1, 1)),
    6: ((-1, -1), (-1, 0), (-1, 1), (1, -1), (1, 0), (1, 1)),
}
"""Where the pips of each face are, in rows and columns about the middle."""


def draw_not_digits(digits: Array, count: int, seed: int) -> dict[str, Array]:
    """Draw images that are no digits, brought into MNIST's frame as the app does it.

    Args:
        digits: MNIST images to invert, float32 [N, 28, 28, 1], N at least `count`.
        count: how many images of each sort.
        seed: the same seed gives the same images.

    Returns:
        Images by sort, float32 [count, 28, 28, 1], paper 1 and ink 0.
    """
    draws: dict[str, Callable[[np.random.Generator], Array | None]] = {
        "letters": _letter,
        "scribbles": _scribble,
        "pieces of digits": lambda rng: draw_piece(digits[rng.integers(len(digits))], rng),
        "dice": _die,
        "blank paper": _blank,
    }
    drawn = {name: _draw(draw, count, [seed, *name.encode()]) for name, draw in draws.items()}
    return drawn | {"inverted digits": 1.0 - digits[:count]}


def _draw(draw: Callable[[np.random.Generator], Array | None], count: int, seed: list[int]) -> Array:
    """Draw so many images, each from its own stream; a stream that gives none is passed over."""
    images: list[Array] = []
    index = 0
    while len(images) < count:
        image = draw(np.random.default_rng([*seed, index]))
        if image is not None:
            images.append(image)
        index += 1
    return np.stack(images)


def _letter(rng: np.random.Generator) -> Array:
    letter = LETTERS[rng.integers(len(LETTERS))]
    if rng.random() < 0.4:
        drawn = hershey(letter, int(rng.choice(HERSHEY)), rng)
    else:
        drawn = printed(letter, _fonts()[rng.integers(len(_fonts()))], rng)
    height, width = drawn.shape
    side = 2 * max(height, width)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-10, 10), 1.0)
    turn[:, 2] += (side - width) / 2, (side - height) / 2
    return framed(np.asarray(cv2.warpAffine(drawn, turn, (side, side)), np.uint8))


@cache
def _fonts() -> tuple[ImageFont.FreeTypeFont, ...]:
    within = ImageFont.load_default(HEIGHT)
    printed_by = (within,) if isinstance(within, ImageFont.FreeTypeFont) else ()  # a Pillow without FreeType has none
    return printed_by + tuple(ImageFont.truetype(path, HEIGHT) for path in font_files(FONTS))


def _scribble(rng: np.random.Generator) -> Array:
    """A smooth line through six to twelve random points."""
    drawn = canvas()
    points = rng.uniform(16, CANVAS - 16, (int(rng.integers(6, 13)), 2))
    draw_stroke(drawn, points, int(rng.integers(3, 8)), smooth=True)
    return framed(drawn)


def _die(rng: np.random.Generator) -> Array:
    """A face with or without its edge."""
    drawn = canvas()
    apart, middle = rng.uniform(16, 22), CANVAS / 2
    radius = int(rng.integers(5, 9))
    for row, column in PIPS[int(rng.integers(1, 7))]:
        at = (round(middle + apart * column), round(middle + apart * row))
        cv2.circle(drawn, at, radius, 255, cv2.FILLED, cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.rectangle(drawn, (12, 12), (CANVAS - 12, CANVAS - 12), 255, 3, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((middle, middle), rng.uniform(-15, 15), 1.0)
    return framed(np.asarray(cv2.warpAffine(drawn, turn, (CANVAS, CANVAS)), np.uint8))


def _blank(rng: np.random.Generator) -> Array:
    """Bare paper, with a shadow and a sensor's noise of random strength."""
    across = np.linspace(-0.5, 0.5, SIDE)
    shadow = rng.uniform(0, 0.4) * (across * rng.uniform(-1, 1) + across[:, None] * rng.uniform(-1, 1))
    paper = rng.uniform(0.7, 1.0) + shadow + rng.normal(size=(SIDE, SIDE)) * rng.uniform(0, 0.1)
    return np.clip(paper, 0, 1).astype(np.float32)[..., None]
