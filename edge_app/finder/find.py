"""Find the handwritten digits in a picture and cut each out as an MNIST-like image."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.crop import cut_digit
from edge_app.finder.cutting import cut
from edge_app.finder.digit import Box, Digit
from edge_app.finder.ink import measure_ink
from edge_app.finder.joining import join
from edge_app.finder.shape import SHORTEST, is_whole, like_digits
from edge_app.finder.strokes import trace
from edge_app.finder.writing import Writing

CROP: Final = 100
"""Longer side in pixels up to which a picture is taken for a crop that shows one digit."""
LONGEST: Final = 1280
"""Longer side in pixels to which a large photograph is shrunk for the search."""
STROKE: Final = 0.36
"""Longest straight stroke of a digit, as a share of the picture's shorter side."""
PAPER_WINDOW: Final = 1 / 6
"""Side of the window that holds some bare paper wherever it lies, as a share of the picture's shorter side."""


def find_digits(frame: NDArray[np.uint8]) -> tuple[Digit, ...]:
    """Find handwritten digits.

    Args:
        frame: uint8 [H, W, 3] BGR or [H, W] grey, of any size; one of up to 100 x 100 pixels shows a single digit.

    Returns:
        The digits in reading order: line by line, from left to right.
    """
    if max(frame.shape[:2]) <= CROP:
        digit = cut_digit(frame)
        return () if digit is None else (digit,)
    if min(frame.shape[:2]) < SHORTEST:
        return ()
    picture, scale = _at_working_size(frame)
    ink = measure_ink(picture, PAPER_WINDOW)
    pieces = trace(ink.strength, STROKE * min(ink.strength.shape))
    whole = [piece for piece in pieces if is_whole(piece, ink.strength.shape)]
    writings = like_digits(join(whole), ink.strength)
    return _in_reading_order([Digit(_box(w, scale), cut(frame, scale, ink, w)) for w in writings])


def _at_working_size(frame: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Shrink a large photograph; returns the picture and by how much the frame is larger."""
    height, width = frame.shape[:2]
    scale = max(height, width) / LONGEST
    if scale <= 1:
        return frame, 1.0
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _box(writing: Writing, scale: float) -> Box:
    return Box(*(round(value * scale) for value in (writing.x, writing.y, writing.width, writing.height)))


def _in_reading_order(digits: list[Digit]) -> tuple[Digit, ...]:
    lines: list[list[Digit]] = []
    for digit in sorted(digits, key=lambda d: d.box.y + d.box.height / 2):
        middle = digit.box.y + digit.box.height / 2
        last = lines[-1][-1].box if lines else None
        if last is not None and last.y <= middle <= last.y + last.height:
            lines[-1].append(digit)
        else:
            lines.append([digit])
    return tuple(digit for line in lines for digit in sorted(line, key=lambda d: d.box.x))
