"""The window and its keys."""

from __future__ import annotations

import ctypes
import time
from enum import Enum
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]
"""Width and height in pixels."""

TITLE: Final = "bayes-edge"
CLOSED_CHECK_S: Final = 0.25
SHARE: Final = 0.9
"""Share of the screen's sides that a window may take; title bars and the desktop's own panels take the rest."""


class Key(Enum):
    """What a key asks for."""

    QUIT = "q\x1b"
    FREEZE = " "
    SAVE = "s"
    PANEL = "i"
    MIRROR = "m"
    MORE = "+="
    FEWER = "-_"
    HELP = "h"


class Window:
    """A window that can be resized, closed, and listens to keys."""

    def __enter__(self) -> Self:
        """Open it."""
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        self._shown: Size = (0, 0)
        self._size: Size = (0, 0)
        self._checked_s = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        cv2.destroyAllWindows()
        cv2.waitKey(1)

    def show(self, canvas: NDArray[np.uint8]) -> None:
        """Show a picture, uint8 [H, W, 3] BGR; the window takes its size, as far as the screen has room for it."""
        size = (canvas.shape[1], canvas.shape[0])
        if size != self._shown:
            self._shown, self._size = size, _resize(size)
        if size != self._size:  # OpenCV's own shrinking leaves out rows and columns, and with them small print.
            canvas = np.asarray(cv2.resize(canvas, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        cv2.imshow(TITLE, canvas)

    def wait(self, seconds: float) -> Key | None:
        """Let the window live for some time; return early with the key when one is pressed, QUIT when it is closed."""
        code = cv2.waitKey(max(1, round(1000 * seconds)))
        if self._is_closed():
            return Key.QUIT
        if code < 0:
            return None
        pressed = chr(code & 0xFF).lower()
        return next((key for key in Key if pressed in key.value), None)

    def _is_closed(self) -> bool:
        if time.monotonic() - self._checked_s < CLOSED_CHECK_S:
            return False
        self._checked_s = time.monotonic()
        try:
            return cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:  # So Qt says that its last window is gone.
            return True


def fit(size: Size, screen: Size) -> Size:
    """Shrink a window, keeping its aspect, until the screen has room for all of it."""
    scale = min(1.0, SHARE * screen[0] / size[0], SHARE * screen[1] / size[1])
    return max(1, round(scale * size[0])), max(1, round(scale * size[1]))


def _resize(size: Size) -> Size:
    """Give the window a size, or the largest of that aspect for which the screen has room; tell which."""
    screen = _screen_size()
    fitting = size if screen is None else fit(size, screen)
    cv2.resizeWindow(TITLE, *fitting)
    if screen is not None:
        cv2.moveWindow(TITLE, (screen[0] - fitting[0]) // 2, (screen[1] - fitting[1]) // 2)
    return fitting


def _screen_size() -> Size | None:
    """Ask the X server, which shows OpenCV's windows on Linux, under Wayland too; None where there is none."""
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    for function in (x11.XCloseDisplay, x11.XDefaultScreenOfDisplay, x11.XWidthOfScreen, x11.XHeightOfScreen):
        function.argtypes = [ctypes.c_void_p]
    x11.XOpenDisplay.restype = x11.XDefaultScreenOfDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if display is None:
        return None
    screen = x11.XDefaultScreenOfDisplay(display)
    size = (int(x11.XWidthOfScreen(screen)), int(x11.XHeightOfScreen(screen)))
    x11.XCloseDisplay(display)
    return size
