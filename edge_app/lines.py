"""Take ruled lines, squares, tables and borders away from the writing that touches them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

THICKNESSES: Final = (3, 5, 7, 9)
"""Thicknesses of lines in pixels that are tried, thin to thick."""
UNEVEN: Final = 1.6
"""How many times as thick as most of a line its thickest part may be."""
MOSTLY: Final = 0.75
"""Share of the ink along the lines that must be as thin as they are."""
DARKER: Final = 1.4
"""How many times as strong as a line the ink must be that is kept where it covers the line."""
BEYOND: Final = 14
"""Pixels by which a line may go on beyond the ends that were found."""


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
    ends = _long_lines(mask, shortest)
    level = np.abs(ends[:, 2] - ends[:, 0]) > np.abs(ends[:, 3] - ends[:, 1])
    kept = strength.copy()
    for lines, across in ((ends[level], (1, 0)), (ends[~level], (0, 1))):
        thin, window = _thin_ink(mask, lines, across)
        if thin.any():
            line = thin & (strength <= DARKER * np.percentile(strength[thin], 80))
            rest = mask.copy()
            rest[line] = 0
            crossed = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, window) > 0
            kept[line & ~crossed] = 0
    return kept


def _long_lines(mask: NDArray[np.uint8], shortest: int) -> NDArray[np.int32]:
    """Ends x0, y0, x1, y1 of the straight lines in a mask, int32 [n, 4]."""
    half = cv2.resize(mask, (mask.shape[1] // 2, mask.shape[0] // 2), interpolation=cv2.INTER_AREA)
    half = cv2.threshold(half, 60, 255, cv2.THRESH_BINARY)[1]
    side = round(UNEVEN * THICKNESSES[-1]) // 2 + 1
    solid = cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    drawn = cv2.subtract(half, solid)
    found = cv2.HoughLinesP(drawn, 1, np.pi / 180, shortest // 4, minLineLength=shortest / 2, maxLineGap=5)
    return np.zeros((0, 4), np.int32) if found is None else np.asarray(2 * found, np.int32).reshape(-1, 4)


def _thin_ink(
    mask: NDArray[np.uint8], lines: NDArray[np.int32], across: tuple[int, int]
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Ink on the lines that is no thicker, in the direction (y, x) across them, than most of it.

    Returns:
        Where it is, bool [h, w], and a window a little longer than the lines are thick, uint8 of ones.
    """
    core = cv2.bitwise_and(_beside(lines, 3, mask.shape), mask)
    for thickness in THICKNESSES:
        thin = cv2.subtract(core, cv2.morphologyEx(mask, cv2.MORPH_OPEN, _window(thickness, across)))
        if cv2.countNonZero(thin) >= MOSTLY * cv2.countNonZero(core):
            break
    window = _window(round(UNEVEN * thickness), across)
    thin = cv2.subtract(mask, cv2.morphologyEx(mask, cv2.MORPH_OPEN, window))
    return cv2.bitwise_and(_beside(lines, thickness + 5, mask.shape), thin) > 0, window


def _window(thickness: int, across: tuple[int, int]) -> NDArray[np.uint8]:
    """One pixel more than a thickness, in the direction (y, x)."""
    return np.ones((thickness * across[0] + 1, thickness * across[1] + 1), np.uint8)


def _beside(ends: NDArray[np.int32], thickness: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Mark what lies on the lines, and a little beyond their ends."""
    zone = np.zeros(shape, np.uint8)
    start, end = ends[:, :2].astype(float), ends[:, 2:].astype(float)
    further = BEYOND * (end - start) / np.hypot(*(end - start).T)[:, None]
    for (x0, y0), (x1, y1) in zip(np.rint(start - further), np.rint(end + further), strict=True):
        cv2.line(zone, (int(x0), int(y0)), (int(x1), int(y1)), 255, thickness)
    return zone
