"""Tell ink from paper: how much light each pixel lacks compared with the bare paper around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

MARGIN: Final = 2
"""Pixels around a digit's outline that may hold its faded edge."""
DARK_CURRENT: Final = 8
"""Grey levels that are added before the logarithm, so that noise in the dark counts little."""
DIMMEST: Final = 0.3
"""Brightness of the darkest paper, as a share of the brightest in the picture; what is darker is no paper."""
GLANCE: Final = 320
"""Longer side in pixels of the picture that is looked at to tell light writing from dark."""
SURROUNDINGS: Final = 1 / 3
"""Side of the window whose mean a pixel is compared with there, as a share of the shorter side."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A picture split into paper and ink.

    Attributes:
        strength: uint8 [h, w], 0 where the paper is bare, 255 where no light comes back.
        paper: uint8 [h, w], the brightness that bare paper would have at each pixel.
    """

    strength: NDArray[np.uint8]
    paper: NDArray[np.uint8]


def measure_ink(dark: NDArray[np.uint8], window: float) -> Ink:
    """Estimate the paper behind the writing and the strength of the ink on it.

    The paper is a morphological closing: strokes narrower than the window are filled with the paper beside them, while
    shadows and tints, which are wider, stay. Dividing by it removes uneven light.

    Args:
        dark: brightness of dark writing on light paper, uint8 [h, w]; see `darkest_channel`.
        window: side in pixels of the window that holds some bare paper wherever it lies.
    """
    smooth = np.asarray(cv2.blur(dark, (3, 3)), np.uint8)
    paper = _paper(smooth, window)
    dimmest = np.full_like(paper, round(DIMMEST * cv2.minMaxLoc(paper)[1]))
    lit = cv2.max(paper, dimmest)
    strength = cv2.divide(cv2.subtract(paper, smooth), lit, scale=255)
    return Ink(np.asarray(strength, np.uint8), paper)


def darkest_channel(picture: NDArray[np.uint8], *, light_on_dark: bool) -> NDArray[np.uint8]:
    """Brightness in the colour in which ink differs most from white paper, uint8 [h, w]; the negative's if asked."""
    if picture.ndim == 2:
        return np.asarray(cv2.bitwise_not(picture), np.uint8) if light_on_dark else picture
    # OpenCV splits rows that do not follow one another ten times as slowly.
    blue, green, red = cv2.split(np.ascontiguousarray(picture))
    if light_on_dark:
        return np.asarray(cv2.bitwise_not(cv2.max(cv2.max(blue, green), red)), np.uint8)
    return np.asarray(cv2.min(cv2.min(blue, green), red), np.uint8)


def halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink a picture, uint8 [H, W, 3] or [H, W], to half its size; an odd side loses its last row or column."""
    height, width = (max(1, side // 2) for side in picture.shape[:2])
    even = picture[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def is_light_on_dark(half: NDArray[np.uint8]) -> bool:
    """Tell light writing on a dark board from dark writing on light paper.

    Ink is rarer than paper, so the skewness of the local contrast has the sign of the ink's.

    Args:
        half: the picture `halved`, which OpenCV does many times as fast as it shrinks to other sizes.
    """
    height, width = half.shape[:2]
    scale = max(2, max(height, width) / GLANCE)
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    small = cv2.resize(half, size, interpolation=cv2.INTER_AREA)
    grey = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    brightness = cv2.log(grey.astype(np.float32) + DARK_CURRENT)
    surroundings = cv2.blur(brightness, square(min(size) * SURROUNDINGS).shape)
    contrast = cv2.subtract(brightness, surroundings)
    return cv2.mean(cv2.multiply(cv2.multiply(contrast, contrast), contrast))[0] > 0


def with_margin(ink: Ink) -> Ink:
    """Add MARGIN pixels of bare paper around, so that a stroke at the edge is cut out like any other."""
    around = (MARGIN, MARGIN, MARGIN, MARGIN)
    return Ink(
        np.asarray(cv2.copyMakeBorder(ink.strength, *around, cv2.BORDER_CONSTANT, value=0), np.uint8),
        np.asarray(cv2.copyMakeBorder(ink.paper, *around, cv2.BORDER_REPLICATE), np.uint8),
    )


def square(side: float) -> NDArray[np.uint8]:
    """Give a window about so many pixels wide and high that has a middle: 3 x 3, 5 x 5 and so on, all 1."""
    odd = max(3, round(side) | 1)
    return np.ones((odd, odd), np.uint8)


def _paper(smooth: NDArray[np.uint8], window: float) -> NDArray[np.uint8]:
    height, width = smooth.shape
    half = cv2.resize(smooth, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(half, cv2.MORPH_CLOSE, square(window / 2))
    # Exact: OpenCV's plain linear resize rounds otherwise on x86 than on ARM.
    return np.asarray(cv2.resize(closed, (width, height), interpolation=cv2.INTER_LINEAR_EXACT), np.uint8)
