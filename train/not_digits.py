"""Draws what a camera may be shown in place of a digit: letters, scribbles, faces of dice, blank and inverted paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.normalise import SIDE, normalise

Array = NDArray[np.float32]

LETTERS: Final = "ACEFHJKLMNPRTUVWXYacdefhkmnprtuvwxy"
"""Those that are nobody's digit: B, G, I, O, S, Z, b, g, l, o, q and the like are left out."""
CANVAS: Final = 96
FONTS: Final = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
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
    draws: dict[str, Callable[[np.random.Generator], Array]] = {
        "letters": _letter,
        "scribbles": _scribble,
        "dice": _die,
        "blank paper": _blank,
    }
    drawn = {
        name: np.stack([draw(np.random.default_rng([seed, index, *name.encode()])) for index in range(count)])
        for name, draw in draws.items()
    }
    return drawn | {"inverted digits": 1.0 - digits[:count]}


def _letter(rng: np.random.Generator) -> Array:
    letter = LETTERS[rng.integers(len(LETTERS))]
    canvas = _canvas()
    font = int(rng.choice(FONTS))
    cv2.putText(canvas, letter, (24, 68), font, rng.uniform(1.6, 2.2), 255, int(rng.integers(3, 9)), cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((CANVAS / 2, CANVAS / 2), rng.uniform(-10, 10), 1.0)
    return _framed(cv2.warpAffine(canvas, turn, (CANVAS, CANVAS)))


def _scribble(rng: np.random.Generator) -> Array:
    """A smooth line through six to twelve random points."""
    canvas = _canvas()
    points = rng.uniform(16, CANVAS - 16, (int(rng.integers(6, 13)), 1, 2)).astype(np.float32)
    path = cv2.resize(points, (1, 12 * len(points)), interpolation=cv2.INTER_CUBIC)
    cv2.polylines(canvas, [np.round(path).astype(np.int32)], False, 255, int(rng.integers(3, 8)), cv2.LINE_AA)  # noqa: FBT003 - OpenCV's own
    return _framed(canvas)


def _die(rng: np.random.Generator) -> Array:
    """A face with or without its edge."""
    canvas = _canvas()
    apart, middle = rng.uniform(16, 22), CANVAS / 2
    radius = int(rng.integers(5, 9))
    for row, column in PIPS[int(rng.integers(1, 7))]:
        at = (round(middle + apart * column), round(middle + apart * row))
        cv2.circle(canvas, at, radius, 255, cv2.FILLED, cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.rectangle(canvas, (12, 12), (CANVAS - 12, CANVAS - 12), 255, 3, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((middle, middle), rng.uniform(-15, 15), 1.0)
    return _framed(cv2.warpAffine(canvas, turn, (CANVAS, CANVAS)))


def _blank(rng: np.random.Generator) -> Array:
    """Bare paper, with a shadow and a sensor's noise of random strength."""
    across = np.linspace(-0.5, 0.5, SIDE)
    shadow = rng.uniform(0, 0.4) * (across * rng.uniform(-1, 1) + across[:, None] * rng.uniform(-1, 1))
    paper = rng.uniform(0.7, 1.0) + shadow + rng.normal(size=(SIDE, SIDE)) * rng.uniform(0, 0.1)
    return np.clip(paper, 0, 1).astype(np.float32)[..., None]


def _canvas() -> NDArray[np.uint8]:
    return np.zeros((CANVAS, CANVAS), np.uint8)


def _framed(canvas: NDArray[Any]) -> Array:
    return normalise(np.asarray(canvas / np.float32(255), np.float32))
