"""Turn a picture, and what is known of it, by a quarter, a half or three quarters."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from dataset.scenes.scene import Scene, TruthBox, TruthDigit

_QUARTERS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned(scene: Scene, degrees: int) -> Scene:
    """Turn a scene clockwise by 90, 180 or 270 degrees."""
    height, width = scene.image.shape[:2]

    def turn(box: TruthBox) -> TruthBox:
        right, bottom = box.x + box.width, box.y + box.height
        match degrees:
            case 90:
                return TruthBox(height - bottom, box.x, box.height, box.width)
            case 180:
                return TruthBox(width - right, height - bottom, box.width, box.height)
            case _:
                return TruthBox(box.y, width - right, box.height, box.width)

    def turn_all(digits: tuple[TruthDigit, ...]) -> tuple[TruthDigit, ...]:
        return tuple(replace(digit, box=turn(digit.box)) for digit in digits)

    return Scene(
        np.asarray(cv2.rotate(scene.image, _QUARTERS[degrees]), np.uint8),
        digits=turn_all(scene.digits),
        cut=turn_all(scene.cut),
        printed=turn_all(scene.printed),
        strangers=tuple(replace(stranger, box=turn(stranger.box)) for stranger in scene.strangers),
        owner=None if scene.owner is None else np.asarray(cv2.rotate(scene.owner, _QUARTERS[degrees]), np.int16),
        turned=(scene.turned + degrees) % 360,
    )
