"""A device behind OpenCV's VideoCapture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.sources.video import USUAL_RATE


class Capture:
    """An open VideoCapture as a live device."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        """Take over an open capture."""
        self._capture = capture
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate <= 240 else USUAL_RATE

    def read(self) -> NDArray[np.uint8] | None:
        """Wait for the next picture; None when there is none: a failed read must not pass for a black picture."""
        found, image = self._capture.read()
        return np.asarray(image, np.uint8) if found and image is not None and image.size else None

    def close(self) -> None:
        """Release the capture."""
        self._capture.release()
