"""Pictures of digits side by side, as one JPEG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT: Final = 64
WIDEST: Final = 128


def encode_strip(pictures: Sequence[NDArray[np.uint8]]) -> bytes:
    """Draw pictures, uint8 [h, w, 3] BGR or [h, w] grey each, at one height and side by side."""
    return cv2.imencode(".jpg", np.hstack([_at_height(picture) for picture in pictures]))[1].tobytes()


def _at_height(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    coloured = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    height, width = coloured.shape[:2]
    size = (min(WIDEST, max(1, round(width * HEIGHT / height))), HEIGHT)
    return np.asarray(cv2.resize(coloured, size, interpolation=cv2.INTER_AREA), np.uint8)
