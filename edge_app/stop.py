"""End cleanly on Ctrl-C and SIGTERM: the frame under way is finished, then everything is closed."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Self


class Stop:
    """Remembers that the user, or the system, asked to stop; a second signal interrupts at once.

    Attributes:
        asked: whether somebody did.
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Self:
        """Listen from here on."""
        self._before = {number: signal.signal(number, self._heed) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no longer."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def ask(self) -> None:
        """Ask to stop, as a signal does."""
        self.asked = True

    def _heed(self, number: int, _: FrameType | None) -> None:
        self.ask()
        signal.signal(number, signal.default_int_handler)
