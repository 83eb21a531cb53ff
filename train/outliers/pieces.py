"""What is left of digits that were cut in the wrong place, run together, or printed white on black."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from edge_app.finder.normalise import SIDE, normalise
from train.outliers.canvas import Array

STRAIGHT: Final = 0.2
"""A piece whose ink varies so much less across than along is a stroke that anybody may take for a 1."""
SOLID: Final = 0.8
"""So is a bar: a piece that fills so much of its convex hull."""
SHORTEST: Final = 7
"""Pixels that a piece is long at the least; less is a blot."""
TRIES: Final = 20


def draw_piece(digit: Array, rng: np.random.Generator) -> Array | None:
    """Cut a digit, float32 [28, 28, 1], along a line and bring the smaller part into MNIST's frame.

    Returns:
        The piece; None where it could be read as a digit: a straight stroke, or a closed loop.
    """
    ink = 1.0 - digit[..., 0]
    column, row = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    for _ in range(TRIES):
        angle = rng.uniform(0, 2 * math.pi)
        x, y = 14 + rng.normal(size=2) * 3
        part = np.asarray(ink * ((column - x) * math.cos(angle) + (row - y) * math.sin(angle) > 0), np.float32)
        if 0.2 < part.sum() / ink.sum() < 0.5 and not _plain(part) and not _looped(part):
            return normalise(part)
    return None


def join(left: Array, right: Array, rng: np.random.Generator) -> Array:
    """Write two digits, float32 [28, 28, 1] each, so close together that they are taken for one."""
    overlap = int(rng.integers(6, 13))
    both = np.zeros((SIDE, 2 * SIDE - overlap), np.float32)
    both[:, :SIDE] = 1.0 - left[..., 0]
    np.maximum(both[:, SIDE - overlap :], 1.0 - right[..., 0], out=both[:, SIDE - overlap :])
    return normalise(both)


def invert(digit: Array, rng: np.random.Generator) -> Array:
    """Write a digit in paper's colour on a dark ground, which fills the picture or ends near the digit's box."""
    ink = digit[..., 0] * np.float32(rng.uniform(0.5, 1))
    if rng.random() < 0.3:
        margin = int(rng.integers(1, 5))
        ground = np.zeros_like(ink)
        ground[margin:-margin, margin:-margin] = ink[margin:-margin, margin:-margin]
        ink = ground
    return np.asarray(1.0 - ink[..., None], np.float32)


def _plain(ink: Array) -> bool:
    """Whether the ink is a straight stroke, or too little to say."""
    rows, columns = np.nonzero(ink > 0.3)
    if len(rows) == 0 or max(np.ptp(rows), np.ptp(columns)) + 1 < SHORTEST:
        return True
    points = np.stack([columns, rows], axis=1).astype(np.int32)
    narrow, wide = np.linalg.eigvalsh(np.cov(points.T))
    hull = cv2.fillConvexPoly(np.zeros(ink.shape, np.uint8), cv2.convexHull(points), 1)
    return bool(narrow < STRAIGHT * wide or len(points) > SOLID * hull.sum())


def _looped(ink: Array) -> bool:
    """Whether the ink encloses paper."""
    paper = np.pad((ink < 0.3).astype(np.uint8), 1, constant_values=1)
    return bool(cv2.connectedComponents(paper, connectivity=4)[0] > 2)
