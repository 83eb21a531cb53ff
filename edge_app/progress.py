"""Tells the user on standard error how a run goes."""

from __future__ import annotations

import sys
import time
from typing import Final

from edge_app.options import print_error, report
from edge_app.sources import Source

EVERY_S: Final = 0.5


class Progress:
    """Tells what a source has to say once, however often it says it, and on a terminal how many frames are read."""

    def __init__(self, source: Source) -> None:
        """Follow a source."""
        self._source = source
        self._trouble: str | None = None
        self._start_s = self._told_s = time.monotonic()
        self._progress_shown = False

    def notice(self, text: str) -> None:
        """Report why there is no picture, unless that was the last thing reported."""
        if text != self._trouble:
            self.say(text)
        self._trouble = text

    def say(self, text: str) -> None:
        """Report something that is said once."""
        self.clear()
        report(text)

    def frame(self, count: int) -> None:
        """Report progress, `count` frames having been read; on a terminal alone."""
        now = time.monotonic()
        if now - self._told_s < EVERY_S or not sys.stderr.isatty():
            return
        self._told_s = now
        rate = count / (now - self._start_s)
        line = f"{count} frames, {rate:.1f} frames/s"
        if self._source.length is not None:
            line = f"{count} of {self._source.length} frames, {rate:.1f} frames/s, "
            line += f"{max(0.0, (self._source.length - count) / rate):.0f} s left"
        print_error(f"\r{line}\x1b[K")
        self._progress_shown = True

    def recovered(self) -> None:
        """Report that a live source gives pictures again, if it did not."""
        if self._trouble is not None:
            self._trouble = None
            report(f"{self._source.name}: the picture is back")

    def clear(self) -> None:
        """Take the progress line away."""
        if self._progress_shown:
            print_error("\r\x1b[K")
            self._progress_shown = False
