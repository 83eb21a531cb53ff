"""The loop: each frame is read, written down and shown."""

from __future__ import annotations

import time
from dataclasses import dataclass

from edge_app.outputs import JsonLines, Recorder
from edge_app.reader import read_frame
from edge_app.record import encode_record, record_frame
from edge_app.reporter import Reporter
from edge_app.runtime.classifier import Classifier
from edge_app.screen import Screen, View
from edge_app.sources import Frame, Kind, Notice, Source
from edge_app.stop import Stop
from edge_app.summary import Summary


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where results go; each may be missing.

    Attributes:
        lines: JSON lines.
        view: draws for the recorder and the screen; there when one of them is.
        recorder: annotated pictures.
        screen: the window.
    """

    lines: JsonLines | None = None
    view: View | None = None
    recorder: Recorder | None = None
    screen: Screen | None = None


class Session:
    """One run over a source.

    Attributes:
        summary: what it amounts to so far.
    """

    def __init__(
        self, source: Source, classifier: Classifier, outlets: Outlets, stop: Stop, *, max_frames: int | None = None
    ) -> None:
        """Connect the parts.

        Args:
            source: gives the frames.
            classifier: reads the digits.
            outlets: where results go.
            stop: ends the run when somebody asks.
            max_frames: end after so many; None for no limit.
        """
        self.summary = Summary()
        self._source = source
        self._classifier = classifier
        self._outlets = outlets
        self._stop = stop
        self._max_frames = max_frames
        self._reporter = Reporter(source)
        self._due_s = 0.0

    def run(self) -> None:
        """Go on until the source ends, the user quits or `max_frames` are read.

        Raises:
            EdgeError: the source or an outlet fails.
        """
        screen = self._outlets.screen
        for item in self._source:
            match item:
                case Frame():
                    self._take(item)
                case Notice():
                    self._tell(item.text)
            if screen is not None:
                screen.attend(self._pause_s() if isinstance(item, Frame) else 0.0)
            if self._is_over():
                break
        else:
            if screen is not None:
                screen.hold()
        self._reporter.clear()

    def _take(self, frame: Frame) -> None:
        reading = read_frame(frame.image, self._classifier)
        record = record_frame(self.summary.frames, frame.time_s, reading)
        self.summary.add(reading)
        if self._outlets.lines is not None:
            self._outlets.lines.write(encode_record(record))
        if self._outlets.view is not None:
            self._outlets.view.take(frame, reading, time.monotonic())
            canvas = self._outlets.view.draw()
            if self._outlets.recorder is not None:
                self._outlets.recorder.write(canvas, frame.time_s)
            if self._outlets.screen is not None:
                self._outlets.screen.show(canvas, record)
        if self._source.kind is Kind.LIVE:
            self._reporter.recovered()
        self._reporter.frame(self.summary.frames)

    def _tell(self, text: str) -> None:
        self._reporter.notice(text)
        if self._source.kind is Kind.LIVE and self._outlets.screen is not None:
            self._outlets.screen.show_notice(text)

    def _pause_s(self) -> float:
        """How long a frame stays on the screen: a file keeps its own pace, a camera has already waited."""
        if self._source.kind is Kind.LIVE:
            return 0.0
        now = time.monotonic()
        self._due_s = max(self._due_s + 1 / self._source.rate, now)
        return self._due_s - now

    def _is_over(self) -> bool:
        read_enough = self._max_frames is not None and self.summary.frames >= self._max_frames
        quit_asked = self._outlets.screen is not None and self._outlets.screen.quit
        return self._stop.asked or read_enough or quit_asked
