"""Cut a digit out of a frame: its ink at the frame's full resolution, nothing of its neighbours, as MNIST was made."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import MARGIN, Ink, square
from edge_app.finder.normalise import BOX, normalise
from edge_app.finder.writing import Writing

LARGEST: Final = 96
"""Longer side in pixels to which a digit is shrunk before it is cut out."""
FADED: Final = 0.3
"""Share of the digit's mean strength that is taken for bare paper."""
FULL: Final = 0.8
"""Share of the digit's mean strength that is taken for full ink."""

FINEST: Final = 2.0
"""Width of the finest stroke, in pixels of MNIST's 20 x 20 box."""


def cut(ink: Ink, writing: Writing, full: NDArray[np.uint8] | None = None) -> NDArray[np.float32]:
    """Cut out one digit.

    Args:
        ink: of the picture that was searched, with MARGIN pixels of bare paper around it.
        writing: the digit in that padded picture.
        full: the digit with MARGIN pixels around at the frame's full resolution, brightness of dark writing on light
            paper, uint8 [H, W]; None where the picture has that resolution itself.

    Returns:
        float32 [28, 28, 1], paper 1 and ink 0.
    """
    rows = slice(writing.y - MARGIN, writing.bottom + MARGIN)
    columns = slice(writing.x - MARGIN, writing.right + MARGIN)
    own = writing.draw(MARGIN)
    strength = ink.strength[rows, columns]
    level = cv2.mean(strength, own)[0]
    if full is not None:
        strength = _strength(_shrunk(full), ink.paper[rows, columns])
        own = np.asarray(cv2.resize(own, strength.shape[::-1], interpolation=cv2.INTER_LINEAR_EXACT), np.uint8)
    covered = np.clip((strength.astype(np.float32) / level - FADED) / (FULL - FADED), 0, 1)
    covered[cv2.dilate(own, square(2 * MARGIN)) == 0] = 0
    return normalise(_at_least_as_bold(covered, own))


def _at_least_as_bold(covered: NDArray[np.float32], own: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Thicken the strokes of a fine pen to the width that MNIST's have; networks know no finer ones."""
    outlines, _ = cv2.findContours(own, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    stroke = 2 * cv2.countNonZero(own) / sum(len(outline) for outline in outlines)
    missing = round(FINEST / BOX * max(own.shape) - stroke)
    if missing < 1:
        return covered
    nib = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (missing + 1, missing + 1))
    padded = cv2.copyMakeBorder(covered, missing, missing, missing, missing, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.dilate(padded, nib), np.float32)


def _shrunk(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = part.shape[:2]
    scale = LARGEST / max(height, width)
    if scale >= 1:
        return part
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)


def _strength(dark: NDArray[np.uint8], paper: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Strength of the ink in a part of the frame whose paper is known at another size."""
    bare = cv2.resize(paper, dark.shape[::-1], interpolation=cv2.INTER_LINEAR_EXACT)
    return np.asarray(cv2.divide(cv2.subtract(bare, dark), bare, scale=255), np.uint8)
