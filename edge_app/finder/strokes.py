"""Trace the strokes of ink in a picture."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.joining import are_beside
from edge_app.finder.lines import erase_lines
from edge_app.finder.writing import Writing, outline

FAINTEST: Final = 22
"""Weakest strength that counts as ink on a noiseless picture, of 255."""
FAINT: Final = 0.3
"""Share of the darkest ink's strength below which nothing counts as ink."""
EDGE: Final = 0.55
"""Share of its ink's mean strength at which a stroke ends."""
SOFT_EDGE: Final = 0.35
"""The same where a stroke would break otherwise."""
SMALLEST: Final = 5
"""Size in pixels below which a piece is dust."""


def trace(strength: NDArray[np.uint8], longest: float) -> list[Writing]:
    """Outline the pieces of ink in a picture, each where its own strength falls off.

    Args:
        strength: of the ink, uint8 [h, w]; see `Ink`.
        longest: length in pixels from which a straight stroke is no part of a digit and left out.
    """
    noise, darkest = _noise_and_ink(strength)
    faint = _above(strength, max(noise, FAINT / 2 * darkest))
    if any(blot.size > longest for blot in outline(faint, SMALLEST)):
        strength = erase_lines(strength, faint, round(longest))
    blots = outline(_above(strength, max(noise, FAINT * darkest)), SMALLEST)
    return [piece for blot in blots for piece in _sharpen(strength, blot)]


def _noise_and_ink(strength: NDArray[np.uint8]) -> tuple[float, float]:
    """Strength that noise does not reach, most of the paper being bare, and strength of the darkest ink."""
    ranks = np.bincount(strength[::4, ::4].ravel(), minlength=256).cumsum()
    low, median, darkest = np.searchsorted(ranks, np.array([0.16, 0.5, 0.999]) * ranks[-1]).tolist()
    return max(FAINTEST, median + 4.5 * (median - low)), darkest


def _above(strength: NDArray[np.uint8], threshold: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.threshold(strength, threshold, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _sharpen(strength: NDArray[np.uint8], blot: Writing) -> list[Writing]:
    """Trace a faintly outlined piece again where its strength falls off.

    Where that breaks a stroke that is thin in places, the piece is traced more softly; where it parts neighbours whose
    blurred edges touch, they stay apart.
    """
    sharp = _trace_blot(strength, blot, EDGE)
    if len(sharp) < 2:
        return sharp
    pieces = []
    for soft in _trace_blot(strength, blot, SOFT_EDGE):
        parts = [piece for piece in sharp if soft.encloses(piece)]
        apart = any(are_beside(one, other) for one in parts for other in parts if one is not other)
        pieces += parts if apart else [soft]
    return pieces


def _trace_blot(strength: NDArray[np.uint8], blot: Writing, edge: float) -> list[Writing]:
    part = strength[blot.y : blot.bottom, blot.x : blot.right]
    own = blot.draw()
    return outline(_above(part, edge * cv2.mean(part, own)[0]) & own, SMALLEST, (blot.x, blot.y))
