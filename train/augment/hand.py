"""Another person's hand: ones with an upstroke; strokes shifted, scaled, turned, slanted and bent."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.normalise import SIDE

Array = NDArray[np.float32]

KNOTS: Final = 5
"""Side of the coarse grid of random displacements that bends the strokes."""
FINE: Final = 4
"""Pixels of the drawing of an upstroke to one of the image, a side."""
MIDDLE: Final = (SIDE - 1) / 2


def _terms() -> Array:
    """The functions over the image, float32 [3 + KNOTS^2, SIDE^2], whose sums move it: column, row, 1, and bumps."""
    column, row = np.meshgrid(np.arange(SIDE) - MIDDLE, np.arange(SIDE) - MIDDLE)
    smooth = cv2.resize(np.eye(KNOTS), (KNOTS, SIDE), interpolation=cv2.INTER_CUBIC)
    affine = np.stack([column.ravel(), row.ravel(), np.ones(SIDE * SIDE)])
    return np.concatenate([affine, np.kron(smooth, smooth).T]).astype(np.float32)


TERMS: Final = _terms()


def rewrite(ink: Array, labels: NDArray[np.int64], rng: np.random.Generator) -> Array:
    """Write the digits by another hand.

    Args:
        ink: float32 [N, 28, 28], 0 where the paper is bare; half of the ones get an upstroke in place.
        labels: int64 [N], the digits.
        rng: the source of all chance.
    """
    for index in np.flatnonzero((labels == 1) & (rng.random(len(ink)) < 0.5)):
        _upstroke(ink[index], rng)
    return _move(ink, rng)


def _upstroke(ink: Array, rng: np.random.Generator) -> None:
    """Begin a 1 as much of Europe does: with a stroke that rises to the top of the long one."""
    rows, columns = np.nonzero(ink > 0.3)
    at = np.stack([columns, rows], axis=1).astype(np.float32)
    down = np.linalg.eigh(np.cov(at.T))[1][:, 1]
    down *= np.copysign(1.0, down[1])
    along = (at - at.mean(axis=0)) @ down
    length = float(np.ptp(along)) + 1
    top = at[along <= along.min() + 1.5].mean(axis=0)
    thickness = len(at) / length * rng.uniform(0.6, 1.1)
    leaning = np.arctan2(-down[0], down[1])
    angle = max(leaning + np.radians(25), rng.uniform(np.radians(25), np.radians(65)))
    end = top + length * rng.uniform(0.25, 0.9) * np.array([-np.sin(angle), np.cos(angle)])
    drawn = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
    points = [np.round((point + 0.5) * FINE).astype(int).tolist() for point in (top, end)]
    cv2.line(drawn, points[0], points[1], 255, max(1, round(thickness * FINE)), cv2.LINE_AA)
    stroke = cv2.resize(drawn, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    np.maximum(ink, stroke * np.float32(ink.max() / 255), out=ink)


def _move(ink: Array, rng: np.random.Generator) -> Array:
    """Shift by up to 5 pixels, scale, turn by up to 25 degrees, slant, and bend."""
    n = len(ink)
    angle = np.radians(rng.uniform(-25, 25, n))
    slant = rng.uniform(-0.3, 0.3, n)
    grow = np.exp(rng.uniform(np.log(0.65), np.log(1.2), n))
    wide = np.exp(rng.uniform(-0.15, 0.15, n))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = np.array([[grow * wide, slant], [np.zeros(n), grow / wide]])
    back = np.linalg.inv(np.einsum("ijn,jkn->nik", turn, shape))
    shift = rng.uniform(-5, 5, (n, 2, 1)) * (rng.random((n, 1, 1)) < 0.5)
    knots = rng.normal(size=(n, 2, KNOTS * KNOTS)) * rng.uniform(0, 1.2, (n, 1, 1))
    # Where each pixel comes from is a sum of terms: the affine ones, and a bump for each knot.
    terms = np.concatenate([back, -back @ shift + MIDDLE, knots], axis=-1).astype(np.float32)
    across, down = (terms @ TERMS).reshape(n, 2, SIDE, SIDE).swapaxes(0, 1)
    return np.stack([cv2.remap(one, x, y, cv2.INTER_LINEAR) for one, x, y in zip(ink, across, down, strict=True)])
