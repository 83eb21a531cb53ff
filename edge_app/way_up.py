"""Find the way up of a page: how it leans from its lines, and which way round it lies from how well its digits read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Prediction, entropy_bits

FEWEST: Final = 6
"""Digits from which a page's way up and its lean are looked for."""
DOUBTED: Final = 0.25
"""Share of its digits that are unsure when it is."""
ASKED: Final = 64
"""Digits that are asked."""
SURE: Final = 0.25
"""Total entropy in bits below which a digit is read for sure."""
LONG: Final = (0.3, 0.2)
"""Length of a line that tells how a page leans, as a share of the picture's shorter and of its longer side: no stroke
of several digits is as long, on a page or in a strip."""
STRAIGHT: Final = 2.0
"""Degrees by which such lines differ on one page, as a camera sees it."""
AGREED: Final = 0.5
"""Share of their length that must lean alike."""
LEANING: Final = 3.0
"""Degrees from which a page is looked at again; the finder takes less for straight."""
SEARCHED: Final = 640
"""Longer side in pixels to which a picture is shrunk to find its lines."""
DARKER: Final = 10
"""Grey levels by which a line is darker than the paper around it."""


def may_be_turned(predictions: Sequence[Prediction]) -> bool:
    """Tell whether so much of a page is unsure that it may lie another way round."""
    return len(predictions) >= FEWEST and unsure_share(predictions) >= DOUBTED


def quarters_to_upright(
    images: NDArray[np.float32],
    as_found: NDArray[np.floating],
    read: Callable[[NDArray[np.float32]], NDArray[np.floating]],
) -> int:
    """Find the quarter turns counter-clockwise that may bring digits upright, 0 to 3; 0 for none.

    Whole digits are told by how many are read for sure: of a page's lines and letters few are, whichever way round.

    Args:
        images: of N digits as they were found, float32 [N, 28, 28, 1].
        as_found: their class probabilities, [N, K, C].
        read: gives class probabilities of turned ones.
    """
    step = -(-len(images) // ASKED)
    turned = (np.ascontiguousarray(np.rot90(images[::step], turn, axes=(1, 2))) for turn in (1, 2, 3))
    sure = [int((entropy_bits(p.mean(axis=1)) < SURE).sum()) for p in (as_found[::step], *map(read, turned))]
    return int(np.argmax(sure))


def doubt_of(predictions: Sequence[Prediction]) -> tuple[float, float]:
    """Give the share of predictions that are unsure, 1 for none at all, and their mean total entropy in bits."""
    if not predictions:
        return 1.0, 0.0
    bits = [prediction.total_bits for prediction in predictions]
    return unsure_share(predictions), sum(bits) / len(bits)


def unsure_share(predictions: Sequence[Prediction]) -> float:
    """Give the share of predictions that are unsure, from 0 to 1."""
    return sum(prediction.unsure for prediction in predictions) / len(predictions)


def degrees_to_straight(image: NDArray[np.uint8]) -> float:
    """Find by how much a page's long lines lean, by a Hough transform (Matas et al. 2000, for parts of lines).

    Args:
        image: uint8 [H, W, 3] BGR or [H, W] grey.

    Returns:
        Degrees counter-clockwise, from -45 to 45, that bring most of them level or upright; 0 where few agree, or where
        they are nearly so.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    scale = SEARCHED / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 15, DARKER)
    long = max(LONG[0] * min(grey.shape), LONG[1] * max(grey.shape))
    lines = cv2.HoughLinesP(dark, 1, np.pi / 360, 60, minLineLength=long, maxLineGap=3)
    if lines is None:
        return 0.0
    along = (lines.reshape(-1, 4) @ np.array([[-1, 0], [0, -1], [1, 0], [0, 1]])).astype(float)
    lengths, angles = np.hypot(*along.T), np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    apart = (angles - np.arange(-45.0, 45.0, 0.5)[:, None] + 45) % 90 - 45
    agree = np.abs(apart) <= STRAIGHT
    alike = (lengths * agree).sum(axis=1)
    best = int(np.argmax(alike))
    if alike[best] < AGREED * lengths.sum():
        return 0.0
    lean = -45.0 + 0.5 * best + float(np.average(apart[best], weights=lengths * agree[best]))
    lean = (lean + 45.0) % 90.0 - 45.0
    return lean if abs(lean) >= LEANING else 0.0
