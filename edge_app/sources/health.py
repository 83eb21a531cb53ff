"""Tell a camera that sees from one that is covered or has frozen."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

DARKEST: Final = 16
"""A picture without any pixel brighter than this is black."""
FROZEN_S: Final = 2.0
"""A sensor's noise changes every picture; one that stays the same for longer is no longer live."""
STEP: Final = 8
"""Only every so many rows and columns are looked at, as long as they differ."""


class Health:
    """Watches the pictures of one camera."""

    def __init__(self, name: str) -> None:
        """Watch the camera that messages call `name`."""
        self._name = name
        self._last: NDArray[np.uint8] | None = None
        self._since_s = 0.0

    def trouble(self, image: NDArray[np.uint8], now_s: float) -> str | None:
        """Say in a line why a picture is not worth reading; None when it is.

        Args:
            image: the newest picture, uint8 [H, W, 3].
            now_s: when it was taken, seconds of any steady clock.
        """
        if image[::STEP, ::STEP].max() <= DARKEST and image.max() <= DARKEST:
            return f"{self._name}: the picture is black; is the lens covered or the room dark?"
        if self._last is None or not _same(image, self._last):
            self._last = image
            self._since_s = now_s
        elif now_s - self._since_s > FROZEN_S:
            return f"{self._name}: frozen, the same picture for more than {FROZEN_S:.0f} s; unplug it and plug it in"
        return None


def _same(image: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    sparse = (slice(None, None, STEP), slice(None, None, STEP))
    return np.array_equal(image[sparse], other[sparse]) and np.array_equal(image, other)
