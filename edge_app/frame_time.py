"""How long a frame may be read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a frame is read.

    Attributes:
        digits: at most so many, the first in reading order.
        seconds: of processor time, after which it is left as far as it is read. Not of the clock: what is read must not
            depend on what else the computer does.
    """

    digits: int
    seconds: float


LIVE: Final = Limits(digits=250, seconds=0.8)
"""Of a camera's, a stream's or a clip's frame: what takes longer than a second is no longer live."""
PICTURE: Final = Limits(digits=2000, seconds=60.0)
"""Of a picture, for which nobody waits in front of a window."""


class FrameTime:
    """The time of one frame, which begins now."""

    def __init__(self, limits: Limits, check: Callable[[], None]) -> None:
        """Begin.

        Args:
            limits: how long it may be.
            check: called whenever the time is looked at; what it raises ends the frame.
        """
        self._start = time.thread_time()
        self._seconds = limits.seconds
        self._check = check

    def spent(self, share: float = 1.0) -> bool:
        """Tell whether a share of the time is over."""
        self._check()
        return time.thread_time() - self._start > share * self._seconds
