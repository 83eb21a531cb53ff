"""Take ruled lines, squares, tables and borders away from the writing that touches them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

THICKNESSES: Final = (0.017, 0.029, 0.041, 0.052)
"""Thicknesses of lines that are tried, thin to thick, as shares of the shortest line's length."""
UNEVEN: Final = 1.6
"""How many times as thick as most of a line its thickest part may be."""
MOSTLY: Final = 0.75
"""Share of the ink along the lines that must be as thin as they are."""
SEARCHED: Final = 86
"""Length in pixels of the shortest line in the shrunk picture that is searched for lines."""
GAP: Final = 5
"""Longest gap in a line there, in pixels."""
SOLID: Final = 8
"""Thickness of what is no line there, in pixels."""
DARKER: Final = 1.4
"""How many times as strong as a line the ink must be that is kept where it covers the line."""


def erase_lines(strength: NDArray[np.uint8], mask: NDArray[np.uint8], shortest: int) -> NDArray[np.uint8]:
    """Erase long straight lines, but not the strokes that cross them or cover them with stronger ink.

    Lines are found with the progressive probabilistic Hough transform (Matas, Galambos and Kittler 2000).

    Args:
        strength: of the ink, uint8 [h, w].
        mask: where there is any, uint8 [h, w] of 0 and 255.
        shortest: length in pixels from which a straight stroke counts as a line.

    Returns:
        The strength, 0 on the lines.
    """
    ends = _lengthened(_long_lines(mask, shortest), shortest)
    level = np.abs(ends[:, 2] - ends[:, 0]) > np.abs(ends[:, 3] - ends[:, 1])
    kept = strength
    for lines, across in ((ends[level], (1, 0)), (ends[~level], (0, 1))):
        if len(lines):
            thin, window = _thin_ink(mask, lines, across, shortest)
            weak = cv2.threshold(strength, DARKER * _strongest(strength, thin), 255, cv2.THRESH_BINARY_INV)[1]
            line = cv2.bitwise_and(thin, weak)
            crossed = cv2.morphologyEx(cv2.subtract(mask, line), cv2.MORPH_CLOSE, window)
            kept = np.asarray(cv2.subtract(kept, cv2.subtract(line, crossed)), np.uint8)
    return kept


def _strongest(strength: NDArray[np.uint8], part: NDArray[np.uint8]) -> float:
    """Strength of all but the strongest tenth of a part of the ink."""
    counts = cv2.calcHist([strength], [0], part, [256], [0, 256]).ravel()
    return float(np.searchsorted(np.cumsum(counts), 0.9 * counts.sum()))


def _long_lines(mask: NDArray[np.uint8], shortest: int) -> NDArray[np.int32]:
    """Ends x0, y0, x1, y1 of the straight lines in a mask, int32 [n, 4]."""
    scale = max(1, round(shortest / SEARCHED))
    size = (max(1, mask.shape[1] // scale), max(1, mask.shape[0] // scale))
    small = cv2.threshold(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), 60, 255, cv2.THRESH_BINARY)[1]
    drawn = cv2.subtract(small, cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((SOLID, SOLID), np.uint8)))
    length = shortest / scale
    found = cv2.HoughLinesP(drawn, 1, np.pi / 180, round(length / 2), minLineLength=length, maxLineGap=GAP)
    return np.zeros((0, 4), np.int32) if found is None else np.asarray(scale * found, np.int32).reshape(-1, 4)


def _lengthened(ends: NDArray[np.int32], further: int) -> NDArray[np.int32]:
    """Let lines go on beyond the ends that were found: writing on a line hides how far it goes."""
    start, end = ends[:, :2].astype(float), ends[:, 2:].astype(float)
    beyond = further * (end - start) / np.hypot(*(end - start).T)[:, None]
    return np.asarray(np.rint(np.hstack([start - beyond, end + beyond])), np.int32)


def _thin_ink(
    mask: NDArray[np.uint8], lines: NDArray[np.int32], across: tuple[int, int], shortest: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Ink on the lines that is no thicker, in the direction (y, x) across them, than most of it.

    Returns:
        Where it is, uint8 [h, w] of 0 and 255, and a window a little longer than the lines are thick, uint8 of ones.
    """
    core = cv2.bitwise_and(_beside(lines, 3, mask.shape), mask)
    for share in THICKNESSES:
        thickness = max(2, round(share * shortest))
        thin = cv2.subtract(core, cv2.morphologyEx(mask, cv2.MORPH_OPEN, _window(thickness, across)))
        if cv2.countNonZero(thin) >= MOSTLY * cv2.countNonZero(core):
            break
    window = _window(round(UNEVEN * thickness), across)
    thin = cv2.subtract(mask, cv2.morphologyEx(mask, cv2.MORPH_OPEN, window))
    zone = _beside(lines, round(THICKNESSES[1] * shortest) + thickness, mask.shape)
    return np.asarray(cv2.bitwise_and(zone, thin), np.uint8), window


def _window(thickness: int, across: tuple[int, int]) -> NDArray[np.uint8]:
    """One pixel more than a thickness, in the direction (y, x)."""
    return np.ones((thickness * across[0] + 1, thickness * across[1] + 1), np.uint8)


def _beside(ends: NDArray[np.int32], thickness: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Mark what lies on the lines."""
    zone = np.zeros(shape, np.uint8)
    for x0, y0, x1, y1 in ends.tolist():
        cv2.line(zone, (x0, y0), (x1, y1), 255, thickness)
    return zone
