"""How much room the screen has for a window, which OpenCV does not tell."""

from __future__ import annotations

import ctypes
from typing import Final

Size = tuple[int, int]
"""Width and height in pixels."""

SHARE: Final = 0.9
"""Share of the screen's sides that a window may take; title bars and the desktop's own panels take the rest."""


def fit(size: Size, screen: Size) -> Size:
    """Shrink a window, keeping its aspect, until the screen has room for all of it."""
    scale = min(1.0, SHARE * screen[0] / size[0], SHARE * screen[1] / size[1])
    return max(1, round(scale * size[0])), max(1, round(scale * size[1]))


def screen_size() -> Size | None:
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
