"""A canvas to draw on larger than the network sees, and the way from there into MNIST's frame."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.normalise import normalise

CANVAS: Final = 96
"""Side in pixels."""

Canvas = NDArray[np.uint8]
Array = NDArray[np.float32]


def canvas() -> Canvas:
    """Give a bare canvas, uint8 [96, 96]: 0 where there is no ink, 255 where there is."""
    return np.zeros((CANVAS, CANVAS), np.uint8)


def framed(drawn: Canvas) -> Array:
    """Bring a drawing, uint8 [h, w], into MNIST's frame as the app does it: float32 [28, 28, 1], paper 1 and ink 0."""
    return normalise(np.divide(drawn, 255, dtype=np.float32))
