"""A frame at full size, half, a quarter and so on; of each size only what is looked at is made."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import darkest_channel, halved, is_light_on_dark


class Pyramid:
    """The brightness of dark writing on light paper, at every size; see `darkest_channel`.

    Attributes:
        shape: height and width of the frame.
    """

    def __init__(self, frame: NDArray[np.uint8]) -> None:
        """Take a frame, uint8 [H, W, 3] BGR or [H, W] grey."""
        self.shape = (frame.shape[0], frame.shape[1])
        self._frame = frame
        # A colour picture is first halved and then searched for its darkest channel: that takes a quarter of the time.
        half = halved(frame)
        self._light_on_dark = is_light_on_dark(half)
        self._shrunk = [darkest_channel(half, light_on_dark=self._light_on_dark)]

    def shape_of(self, level: int) -> tuple[int, int]:
        """Height and width of the frame, halved so many times."""
        height, width = self.shape
        return height >> level, width >> level

    def part(self, level: int, rows: slice, columns: slice) -> NDArray[np.uint8]:
        """Give a part of the frame, halved so many times, uint8 [h, w]; rows and columns are cut off at its edges."""
        if level == 0:
            return darkest_channel(self._frame[rows, columns], light_on_dark=self._light_on_dark)
        while len(self._shrunk) < level:
            self._shrunk.append(halved(self._shrunk[-1]))
        return self._shrunk[level - 1][rows, columns]

    def around(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """Give a part at full size; what lies beyond the frame's edge repeats it."""
        height, width = self.shape
        part = self.part(0, slice(max(0, top), bottom), slice(max(0, left), right))
        beyond = (max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width))
        return np.asarray(cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REPLICATE), np.uint8) if any(beyond) else part
