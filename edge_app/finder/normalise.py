"""Bring the ink of one digit into the frame of an MNIST image.

MNIST was made by fitting each digit into a 20 x 20 box, keeping its aspect ratio, and placing its centre of mass at
the centre of a 28 x 28 field (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE: Final = 28
BOX: Final = 20
CENTRE: Final = 14
"""Row and column of the pixel on which MNIST's centres of mass lie."""
FAINTEST: Final = 0.05
"""Ink fainter than this does not count as part of the digit's outline."""


def normalise(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make an MNIST-like image of one digit.

    Args:
        ink: ink of one digit, float32 [h, w], 0 where the paper is bare and 1 where it is covered.

    Returns:
        The digit in a 20 x 20 box, centre of mass in the middle, float32 [28, 28, 1], paper 1 and ink 0.
        Bare paper stays bare.
    """
    image = np.ones((SIDE, SIDE, 1), np.float32)
    x, y, width, height = cv2.boundingRect((ink > FAINTEST).view(np.uint8))
    if width == 0:
        return image
    digit = _fit(ink[y : y + height, x : x + width])
    height, width = digit.shape
    top, left = _centred(digit)
    image[top : top + height, left : left + width, 0] -= digit
    return image


def _fit(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale to 20 pixels on the longer side."""
    height, width = ink.shape
    scale = BOX / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.minimum(scaled, 1, dtype=np.float32)


def _centred(digit: NDArray[np.float32]) -> tuple[int, int]:
    """Row and column that bring the centre of mass to the middle, as far as the field has room."""
    height, width = digit.shape
    field = np.zeros((SIDE, SIDE), np.float32)  # cv2.moments takes an array two columns wide for a list of points
    field[:height, :width] = digit
    moments = cv2.moments(field)
    row = CENTRE - moments["m01"] / moments["m00"]
    column = CENTRE - moments["m10"] / moments["m00"]
    return min(max(round(row), 0), SIDE - height), min(max(round(column), 0), SIDE - width)
