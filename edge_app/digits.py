"""Find the handwritten digits in a picture and cut each out as an MNIST-like image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app import strokes
from edge_app.ink import Ink, darkest_channel, measure_ink
from edge_app.normalise import normalise

LONGEST: Final = 1280
"""Longer side in pixels to which a large photograph is shrunk for the search."""
CUT: Final = 96
"""Longer side in pixels to which a digit is shrunk before it is cut out."""
MARGIN: Final = 2
"""Pixels around a digit that may hold its faded edge."""
FADED, FULL = 0.3, 0.8
"""Shares of the digit's own ink strength that are taken for bare paper and for full ink."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a digit is, in pixels of the frame."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit found in a frame.

    Attributes:
        box: the tight box around its ink.
        image: the digit as the networks see it, float32 [28, 28, 1], paper 1 and ink 0.
    """

    box: Box
    image: NDArray[np.float32]


def find_digits(frame: NDArray[np.uint8]) -> tuple[Digit, ...]:
    """Find handwritten digits.

    Args:
        frame: uint8 [H, W, 3] BGR or [H, W] grey, of any size.

    Returns:
        The digits in reading order: line by line, from left to right.
    """
    scale = max(1.0, max(frame.shape[:2]) / LONGEST)
    picture = _shrunk(frame, scale)
    ink = measure_ink(picture)
    writings = strokes.like_digits(strokes.join(strokes.trace(ink.strength)), ink.strength)
    digits = [_cut(frame, scale, ink, writing) for writing in writings]
    return _in_reading_order(digits)


def _shrunk(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale <= 1:
        return picture
    height, width = picture.shape[:2]
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _cut(frame: NDArray[np.uint8], scale: float, ink: Ink, writing: strokes.Writing) -> Digit:
    """Cut out one digit; it lies at least two pixels from the picture's edge."""
    rows = slice(writing.y - MARGIN, writing.y + writing.height + MARGIN)
    columns = slice(writing.x - MARGIN, writing.x + writing.width + MARGIN)
    own = strokes.fill(writing, MARGIN)
    strength = ink.strength[rows, columns]
    level = cv2.mean(strength, own)[0]
    if scale > 1:
        strength, own = _sharper(frame, scale, ink, (rows, columns), own)
    share = strength.astype(np.float32) / level
    covered = np.clip((share - FADED) / (FULL - FADED), 0, 1)
    covered[cv2.dilate(own, np.ones((5, 5), np.uint8)) == 0] = 0
    box = Box(*(round(v * scale) for v in (writing.x, writing.y, writing.width, writing.height)))
    return Digit(box, normalise(covered))


def _sharper(
    frame: NDArray[np.uint8], scale: float, ink: Ink, region: tuple[slice, slice], own: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Strength and own pixels of a region again, from the frame's full resolution."""
    full = frame[tuple(slice(round(part.start * scale), round(part.stop * scale)) for part in region)]
    cut = _shrunk(full, max(1.0, max(full.shape[:2]) / CUT))
    dark = darkest_channel(cut, light_on_dark=ink.light_on_dark)
    size = (dark.shape[1], dark.shape[0])
    paper = cv2.resize(ink.paper[region], size)
    strength = cv2.divide(cv2.subtract(paper, dark), paper, scale=255)
    return np.asarray(strength, np.uint8), np.asarray(cv2.resize(own, size), np.uint8)


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
