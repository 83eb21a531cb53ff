"""What is on the screen now, and what the user's keys do to it."""

from __future__ import annotations

import math
import time
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.options import report
from edge_app.outputs import encode_reading, write_still
from edge_app.overlay import View, draw_notice
from edge_app.result import FrameResult
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import write_whole
from edge_app.screen.window import Key, Window
from edge_app.stop import Stop

GLANCE_S: Final = 0.05
"""While nothing moves, keys are looked at this often."""
MESSAGE_S: Final = 3.0
"""How long a message stays."""


class Screen:
    """Shows the steady reading of every frame, and answers keys."""

    def __init__(self, window: Window, view: View, stop: Stop) -> None:
        """Start with an empty window.

        Args:
            window: where to show.
            view: how to show; the keys change it.
            stop: ends every wait; the user asks it to, too.
        """
        self._window = window
        self._view = view
        self._stop = stop
        self._frozen = False
        self._shown: NDArray[np.uint8] | None = None
        self._message_ends_s = math.inf

    def take(self, result: FrameResult) -> None:
        """Show a frame's result."""
        self._show(self._view.show(result, time.monotonic()))

    def show_notice(self, text: str) -> None:
        """Show why there is no picture, in the place of the picture, which would be stale."""
        self._shown = None
        self._window.show(draw_notice(text, self._view.frame_size, panel=self._view.panel))

    def attend(self, seconds: float) -> None:
        """Answer keys for some time, and as long as the user keeps the picture frozen."""
        end = time.monotonic() + seconds
        while not self._stop.asked():
            now = time.monotonic()
            if now > self._message_ends_s:
                self._say("")
            key = self._window.wait(GLANCE_S if self._frozen else min(GLANCE_S, max(0.0, end - now)))
            if key is not None:
                self._press(key)
            if not self._frozen and time.monotonic() >= end:
                return

    def hold(self) -> None:
        """Keep the last picture until the user quits."""
        self._say("the end; q quits")
        self.attend(math.inf)

    def _press(self, key: Key) -> None:
        match key:
            case Key.QUIT:
                self._stop.ask()
                return
            case Key.FREEZE:
                self._frozen = not self._frozen
            case Key.SAVE:
                self._say(self._save())
                return
            case Key.PANEL:
                self._view.panel = not self._view.panel
            case Key.MIRROR:
                self._view.mirrored = not self._view.mirrored
            case Key.HELP:
                self._view.help = not self._view.help
            case Key.MORE:
                self._view.more_samples()
            case Key.FEWER:
                self._view.fewer_samples()
        self._say("frozen; space goes on" if self._frozen else "")

    def _say(self, message: str) -> None:
        self._view.message = message
        fleeting = message and not self._frozen
        self._message_ends_s = time.monotonic() + MESSAGE_S if fleeting else math.inf
        if self._shown is not None:
            self._show(self._view.draw())

    def _show(self, canvas: NDArray[np.uint8]) -> None:
        self._shown = canvas
        self._window.show(canvas)

    def _save(self) -> str:
        """Save what is shown as a picture, and the reading that it shows as JSON; say how that went."""
        result = self._view.result
        if self._shown is None or result is None:
            return "nothing to save"
        path = Path(f"bayes-edge-{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}-{result.index}.png")
        try:
            write_still(path, self._shown)
            write_whole(path.with_suffix(".json"), encode_reading(result, result.steady, self._view.labels))
        except EdgeError as error:
            report(str(error))
            return "not saved: " + str(error).partition(" (")[2].partition(")")[0]
        report(f"saved {path} and {path.with_suffix('.json')}")
        return f"saved {path.name}"
