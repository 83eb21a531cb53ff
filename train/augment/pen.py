"""Another pen: thicker or thinner strokes, or their outlines alone."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.normalise import SIDE

Array = NDArray[np.float32]

HOLLOW: Final = 0.06
"""Share of the images of which the outlines alone are drawn."""
FINE: Final = 4
"""Pixels of the drawing of an outline to one of the image, a side."""


def retrace(ink: Array, rng: np.random.Generator) -> Array:
    """Thicken or thin three strokes in five by up to about a pixel on either side, and hollow some, in place.

    Args:
        ink: float32 [N, 28, 28], 0 where the paper is bare and 1 where ink covers it.
        rng: the source of all chance.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    share = rng.uniform(-0.7, 1.0, len(ink)) * (rng.random(len(ink)) < 0.6)
    for index in np.flatnonzero(share):
        change = cv2.dilate if share[index] > 0 else cv2.erode
        ink[index] += abs(share[index]) * (change(ink[index], kernel) - ink[index])
    for index in np.flatnonzero(rng.random(len(ink)) < HOLLOW):
        ink[index] = _outline(ink[index], rng)
    return ink


def draw_stroke(on: NDArray[np.uint8], points: NDArray[np.floating], width: int, *, smooth: bool) -> None:
    """Draw a black line, 255, through points [P, 2], (column, row), along a curve or from corner to corner.

    Args:
        on: what to draw on, uint8 [h, w].
        points: where the pen passes, in pixels.
        width: of the line in pixels.
        smooth: whether it passes along a curve.
    """
    path = np.asarray(points, np.float32)[:, None]
    if smooth:
        path = np.asarray(cv2.resize(path, (1, 10 * len(path)), interpolation=cv2.INTER_CUBIC), np.float32)
    cv2.polylines(on, [np.round(path * 8).astype(np.int32)], False, 255, width, cv2.LINE_AA, 3)  # noqa: FBT003 - OpenCV's own


def _outline(ink: Array, rng: np.random.Generator) -> Array:
    """Draw the edge of the strokes, as block letters are written: float32 [28, 28]."""
    large = cv2.resize(ink, (SIDE * FINE, SIDE * FINE), interpolation=cv2.INTER_CUBIC)
    strokes = (large > rng.uniform(0.25, 0.6)).astype(np.float32)
    nib = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width := int(rng.integers(3, 8)), width))
    edges = cv2.morphologyEx(strokes, cv2.MORPH_GRADIENT, nib)
    return np.asarray(cv2.resize(edges, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)
