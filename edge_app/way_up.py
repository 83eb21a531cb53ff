"""Find the way up of a page from the writing on it: whoever reads digits well one way round reads them ill another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box, Digit
from edge_app.runtime.prediction import Prediction, entropy_bits

FEWEST: Final = 6
"""Digits from which a page's way up is looked for."""
DOUBTED: Final = 0.25
"""Share of its digits that are unsure when it is."""
ASKED: Final = 64
"""Digits that are asked."""
CLEARLY: Final = 0.7
"""Share of the usual way's entropy that is left the other way round if that is the right one."""
ROTATIONS: Final = (None, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)
"""What turns a picture by so many quarters counter-clockwise."""


def may_be_turned(predictions: Sequence[Prediction]) -> bool:
    """Tell whether so much of a page is unsure that it may lie another way round."""
    unsure = sum(prediction.unsure for prediction in predictions)
    return len(predictions) >= FEWEST and unsure >= DOUBTED * len(predictions)


def quarters_to_upright(
    images: NDArray[np.float32],
    as_found: NDArray[np.floating],
    read: Callable[[NDArray[np.float32]], NDArray[np.floating]],
) -> int:
    """Find the quarter turns counter-clockwise that bring digits upright, 0 to 3; 0 where that is not clear.

    Args:
        images: of N digits as they were found, float32 [N, 28, 28, 1].
        as_found: their class probabilities, [N, K, C].
        read: gives class probabilities of turned ones.
    """
    step = -(-len(images) // ASKED)
    turned = (np.ascontiguousarray(np.rot90(images[::step], turn, axes=(1, 2))) for turn in (1, 2, 3))
    bits = [float(entropy_bits(p.mean(axis=1)).mean()) for p in (as_found[::step], *map(read, turned))]
    best = int(np.argmin(bits))
    return best if bits[best] < CLEARLY * bits[0] else 0


def turn_picture(image: NDArray[np.uint8], quarters: int) -> NDArray[np.uint8]:
    """Turn a picture counter-clockwise by 1 to 3 quarters."""
    rotation = ROTATIONS[quarters]
    return image if rotation is None else np.asarray(cv2.rotate(image, rotation), np.uint8)


def turn_back(digit: Digit, quarters: int, shape: tuple[int, ...]) -> Digit:
    """Give a digit of a turned picture its box in the picture as it was, of a height and width."""
    height, width = shape[:2]
    box = digit.box
    match quarters:
        case 1:
            box = Box(width - box.y - box.height, box.x, box.height, box.width)
        case 2:
            box = Box(width - box.x - box.width, height - box.y - box.height, box.width, box.height)
        case 3:
            box = Box(box.y, height - box.x - box.width, box.height, box.width)
        case _:
            pass
    return replace(digit, box=box)
