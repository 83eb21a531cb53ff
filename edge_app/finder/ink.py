"""Tell ink from paper: how much light each pixel lacks compared with the bare paper around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

DARK_CURRENT: Final = 8
"""Grey levels that are added before the logarithm, so that noise in the dark counts little."""
DIMMEST: Final = 0.3
"""Brightness of the darkest paper, as a share of the brightest in the picture; what is darker is no paper."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A picture split into paper and ink.

    Attributes:
        strength: uint8 [h, w], 0 where the paper is bare, 255 where no light comes back.
        paper: uint8 [h, w], the brightness that bare paper would have at each pixel.
        light_on_dark: whether the writing is lighter than what it is written on; then both are of the negative.
    """

    strength: NDArray[np.uint8]
    paper: NDArray[np.uint8]
    light_on_dark: bool


def measure_ink(picture: NDArray[np.uint8], window: float) -> Ink:
    """Estimate the paper behind the writing and the strength of the ink on it.

    The paper is a morphological closing: strokes narrower than the window are filled with the paper beside them, while
    shadows, which are wider, stay. Dividing by it removes uneven light.

    Args:
        picture: uint8 [h, w, 3] BGR or [h, w] grey.
        window: side of the window that holds some bare paper wherever it lies, as a share of the shorter side.
    """
    light_on_dark = _is_light_on_dark(picture, 0.75 * window)
    dark = darkest_channel(picture, light_on_dark=light_on_dark)
    smooth = np.asarray(cv2.blur(dark, (3, 3)), np.uint8)
    paper = _paper(smooth, window)
    lit = np.maximum(paper, round(DIMMEST * cv2.minMaxLoc(paper)[1]))
    strength = cv2.divide(cv2.subtract(paper, smooth), lit, scale=255)
    return Ink(np.asarray(strength, np.uint8), paper, light_on_dark)


def darkest_channel(picture: NDArray[np.uint8], *, light_on_dark: bool) -> NDArray[np.uint8]:
    """Brightness in the colour in which ink differs most from white paper, uint8 [h, w]; the negative's if asked."""
    picture = np.bitwise_not(picture) if light_on_dark else picture
    if picture.ndim == 2:
        return picture
    blue, green, red = cv2.split(picture)
    return np.asarray(cv2.min(cv2.min(blue, green), red), np.uint8)


def _is_light_on_dark(picture: NDArray[np.uint8], window: float) -> bool:
    """Ink is rarer than paper, so the skewness of the local contrast has the sign of the ink's."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    small = cv2.resize(grey, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    brightness = cv2.log(small.astype(np.float32) + DARK_CURRENT)
    side = _odd(min(small.shape) * window)
    contrast = cv2.subtract(brightness, cv2.blur(brightness, (side, side)))
    return cv2.mean(cv2.multiply(cv2.multiply(contrast, contrast), contrast))[0] > 0


def _paper(smooth: NDArray[np.uint8], window: float) -> NDArray[np.uint8]:
    height, width = smooth.shape
    half = cv2.resize(smooth, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    side = _odd(min(half.shape) * window)
    closed = cv2.morphologyEx(half, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    # Exact: OpenCV's plain linear resize rounds otherwise on x86 than on ARM.
    return np.asarray(cv2.resize(closed, (width, height), interpolation=cv2.INTER_LINEAR_EXACT), np.uint8)


def _odd(length: float) -> int:
    return max(3, round(length) | 1)
