"""A frame at full size, half, a quarter and so on; of each size only what is looked at is made."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import darkest_channel, is_light_on_dark

AT_ONCE: Final = 1280
"""Longer side in pixels of a frame whose darkest channel is kept; of a larger one each part's is looked for anew."""


class Pyramid:
    """The brightness of dark writing on light paper, at every size; see `darkest_channel`.

    Attributes:
        shape: height and width of the frame.
    """

    def __init__(self, frame: NDArray[np.uint8]) -> None:
        """Take a frame, uint8 [H, W, 3] BGR or [H, W] grey."""
        self.shape = (frame.shape[0], frame.shape[1])
        self._frame = frame
        self._light_on_dark = is_light_on_dark(frame)
        self._full: NDArray[np.uint8] | None = None
        self._shrunk: list[NDArray[np.uint8]] = []

    def shape_of(self, level: int) -> tuple[int, int]:
        """Height and width of the frame, halved so many times."""
        height, width = self.shape
        return height >> level, width >> level

    def part(self, level: int, rows: slice, columns: slice) -> NDArray[np.uint8]:
        """Give a part of the frame, halved so many times, uint8 [h, w]; rows and columns are cut off at its edges."""
        if level == 0:
            return self._part_of_frame(rows, columns)
        while len(self._shrunk) < level:
            self._shrunk.append(self._next())
        return self._shrunk[level - 1][rows, columns]

    def around(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """Give a part at full size; what lies beyond the frame's edge repeats it."""
        height, width = self.shape
        part = self.part(0, slice(max(0, top), bottom), slice(max(0, left), right))
        beyond = (max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width))
        return np.asarray(cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REPLICATE), np.uint8) if any(beyond) else part

    def _part_of_frame(self, rows: slice, columns: slice) -> NDArray[np.uint8]:
        if max(self.shape) > AT_ONCE:
            return darkest_channel(self._frame[rows, columns], light_on_dark=self._light_on_dark)
        if self._full is None:
            self._full = darkest_channel(self._frame, light_on_dark=self._light_on_dark)
        return self._full[rows, columns]

    def _next(self) -> NDArray[np.uint8]:
        if self._shrunk:
            return _halved(self._shrunk[-1])
        # A colour picture is first halved and then searched for its darkest channel: that takes a quarter of the time.
        return darkest_channel(_halved(self._frame), light_on_dark=self._light_on_dark)


def _halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = (side // 2 for side in picture.shape[:2])
    even = picture[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
