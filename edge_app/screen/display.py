"""Find out whether a window can be opened, by opening one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final, Self

PATIENCE_S: Final = 20.0
OPEN_A_WINDOW: Final = """
import cv2
cv2.namedWindow("bayes-edge asks for a display", cv2.WINDOW_NORMAL)
cv2.waitKey(1)
cv2.destroyAllWindows()
"""


class DisplayProbe:
    """Opens a window in a process of its own, because Qt ends a process that has no display."""

    def __init__(self) -> None:
        """Start to probe, and let other work go on meanwhile."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", OPEN_A_WINDOW],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def problem(self) -> str | None:
        """Wait for the answer: None when a window can be opened, else the reason in a few words."""
        try:
            _, complaint = self._process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            return f"the display did not answer within {PATIENCE_S:.0f} s"
        if self._process.returncode == 0:
            return None
        if "not implemented" in complaint:
            return "this OpenCV has no windows; pip uninstall opencv-python-headless, then pip install opencv-python"
        return _missing_display()

    def __enter__(self) -> Self:
        """The probe is under way already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, whether anybody asked or not."""
        self._process.kill()
        self._process.communicate()


def _missing_display() -> str:
    named = [name for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    if not named:
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return f"no window can be opened on {' or '.join(f'{name}={os.environ[name]}' for name in named)}"
