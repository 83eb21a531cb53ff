"""The loop: every frame is read, and its result goes to every output."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, Protocol

from edge_app.heap import keep_freed_memory
from edge_app.outputs import Listener, Sink
from edge_app.progress import Progress
from edge_app.result import FrameResult
from edge_app.screen import Screen
from edge_app.sources import Frame, Notice, Source, SourceKind
from edge_app.stop import Stop
from edge_app.summary import Summary

HOLD_S: Final = 0.2


class Reads(Protocol):
    """What reads one frame after the other."""

    def read(self, frame: Frame) -> FrameResult:
        """Read the digits of the next frame."""


class Session:
    """One run over a source."""

    def __init__(
        self,
        source: Source,
        reader: Reads,
        sinks: Sequence[Sink],
        stop: Stop,
        summary: Summary,
        *,
        screen: Screen | None = None,
        paced: bool = False,
        max_frames: int | None = None,
    ) -> None:
        """Connect the parts.

        Args:
            source: gives the frames.
            reader: reads their digits.
            sinks: take the results, each in its turn.
            stop: ends the run when somebody asks.
            summary: counts what is read.
            screen: takes the results as well, and answers keys between frames; None without a window.
            paced: keep a clip's own pace, and hold its last frame until somebody asks to stop; a window does both.
            max_frames: end after so many; None for no limit.
        """
        self._source = source
        self._reader = reader
        self._sinks = sinks
        self._stop = stop
        self._summary = summary
        self._screen = screen
        self._paced = paced or screen is not None
        self._max_frames = max_frames
        self._progress = Progress(source)
        self._due_s = 0.0

    def run(self) -> None:
        """Go on until the source ends, somebody asks to stop or `max_frames` are read.

        Raises:
            EdgeError: the source or an output fails.
            StoppedError: somebody asked to stop while a frame was read.
        """
        if self._source.kind is not SourceKind.PICTURES:  # they may be large, and no frame follows at once
            keep_freed_memory()
        try:
            self._loop()
        finally:
            self._progress.clear()

    def _loop(self) -> None:
        for item in self._source:
            match item:
                case Frame():
                    self._read(item)
                case Notice():
                    self._tell(item)
            pause_s = self._pause_s() if self._paced and isinstance(item, Frame) else 0.0
            if self._screen is not None:
                self._screen.attend(pause_s)
            elif pause_s > 0:
                self._stop.pause(pause_s)
            if self._stop.asked() or self._summary.frames == self._max_frames:
                break
        else:
            self._hold()

    def _hold(self) -> None:
        """Leave the last frame to those who look, until they have seen enough."""
        if self._screen is not None:
            self._screen.hold()
        elif self._paced:
            while not self._stop.asked():
                self._stop.pause(HOLD_S)

    def _read(self, frame: Frame) -> None:
        result = self._reader.read(frame)
        before = self._summary.unlike
        self._summary.add(result)
        if self._summary.unlike and not before:
            self._progress.say(self._summary.unlike)
        for sink in self._sinks:
            sink.take(result)
        if self._screen is not None:
            self._screen.take(result)
        if self._source.kind is SourceKind.LIVE:
            self._progress.recovered()
        self._progress.frame(self._summary.frames)

    def _tell(self, notice: Notice) -> None:
        self._progress.notice(notice.text)
        self._summary.unread += notice.unread
        for sink in self._sinks:
            if isinstance(sink, Listener):
                sink.notice(notice.text)
        if self._source.kind is SourceKind.LIVE and self._screen is not None:
            self._screen.show_notice(notice.text)

    def _pause_s(self) -> float:
        """How long a frame stays on the screen: a file keeps its own pace, a camera has already waited."""
        if self._source.kind is SourceKind.LIVE:
            return 0.0
        now = time.monotonic()
        self._due_s = max(self._due_s + 1 / self._source.rate, now)
        return self._due_s - now
