"""One run as the live page knows it: what it shows, what viewers changed, what they corrected."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edge_app.board import Board
from edge_app.machine import Machine, read_machine
from edge_app.overlay import View, words
from edge_app.result import FrameResult
from edge_app.runtime.bundle import Bundle, manifest_of
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Manifest, WarningRule
from edge_app.web.checks import Checks
from edge_app.web.feedback import Correction, FeedbackStore
from edge_app.web.metrics import Metrics
from edge_app.web.pictures import Stream, encode_png
from edge_app.web.state import Controls, State, describe_result, describe_seen

MACHINE_S: Final = 2.0
MOST_THREADS: Final = 64


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at.

    Attributes:
        source: its name, without secrets.
        digest: the bundle's.
        warning: what the bundle promises.
        labels: the classes' names.
        samples: the bundle's number of weight samples.
        can_save: whether viewers may start and stop saving.
    """

    source: str
    digest: str
    warning: WarningRule
    labels: tuple[str, ...]
    samples: int
    can_save: bool


class Live:
    """Everything about one run; the loop posts, the server's thread asks.

    Attributes:
        board: where the loop leaves results.
        stream: the annotated pictures.
        checks: what viewers were asked and answered.
        metrics: for Prometheus.
        ended: set when the run is over, in the server's thread.
    """

    def __init__(self, subject: Subject, view: View, feedback: FeedbackStore | None, *, threads: int) -> None:
        """Begin without a frame; `threads` is how many the run uses."""
        self.board = Board()
        self.stream = Stream(self.board, view)
        self.checks = Checks(subject.warning, [] if feedback is None else feedback.checked(subject.digest))
        self.metrics = Metrics(self.board, self.checks, subject.digest)
        self.ended = asyncio.Event()
        self._subject = subject
        self._feedback = feedback
        self._lock = threading.Lock()
        self._wanted = Controls(saving=False if subject.can_save else None, threads=threads)
        self._machine = Machine(None, None)
        self._machine_s = -MACHINE_S

    def post(self, result: FrameResult) -> None:
        """Take the next frame's result, in the loop's thread."""
        self.board.post(result)
        self.metrics.observe(result)

    def bundle(self, bundle: Bundle) -> None:
        """Take word of another bundle with the same classes and samples; what was checked before was the old one's."""
        warning = manifest_of(bundle, Manifest).warning
        self._subject = replace(self._subject, digest=bundle.digest, warning=warning)
        self.checks = Checks(warning, [] if self._feedback is None else self._feedback.checked(bundle.digest))
        self.metrics.bundle(self.checks, bundle.digest)

    @property
    def wanted(self) -> Controls:
        """What viewers want of the loop: `threads`, and `saving` where it can be."""
        with self._lock:
            return self._wanted

    def control(self, controls: Controls) -> None:
        """Change what a viewer asks to be changed.

        Raises:
            EdgeError: it cannot be so.
        """
        view = self.stream.view
        if controls.samples is not None:
            _expect(controls.samples, "samples", self._subject.samples)
        if controls.threads is not None:
            _expect(controls.threads, "threads", MOST_THREADS)
        if controls.saving is not None and not self._subject.can_save:
            raise EdgeError("saving: no folder was named for it; start the app with --web-folder DIR")
        with self._lock:
            self._wanted = Controls(
                threads=self._wanted.threads if controls.threads is None else controls.threads,
                saving=self._wanted.saving if controls.saving is None else controls.saving,
            )
        view.samples = view.samples if controls.samples is None else controls.samples
        view.panel = view.panel if controls.panel is None else controls.panel
        self.stream.frozen = self.stream.frozen if controls.frozen is None else controls.frozen

    def ask(self) -> int | None:
        """Give the track of a digit that a viewer is to say what it is; None without any to ask for.

        Raises:
            EdgeError: corrections are not kept.
        """
        self._expect_feedback()
        question = self.checks.ask(self.board.unwarned())
        return None if question is None else question.track

    def correct(self, track: int, label: str) -> None:
        """Keep what a viewer says that a digit is.

        Raises:
            EdgeError: corrections are not kept, there is no such digit or label, or there is no room.
        """
        feedback = self._expect_feedback()
        if label not in self._subject.labels:
            raise EdgeError(f"label: found {label!r}, expected one of {', '.join(self._subject.labels)}")
        asked = self.checks.take(track)
        seen = asked or self.board.seen(track)
        if seen is None:
            raise EdgeError(f"digit {track}: was not seen of late")
        read_as = self._subject.labels[seen.prediction.label]
        feedback.add(
            Correction(
                time=seen.time,
                bundle=self._subject.digest,
                label=label,
                read_as=read_as,
                unsure=seen.prediction.unsure,
                asked=asked is not None,
                image=seen.digit.image,
                picture=encode_png(seen.crop),
            )
        )
        if asked is not None:
            self.checks.count(wrong=label != read_as)

    def _expect_feedback(self) -> FeedbackStore:
        if self._feedback is None:
            raise EdgeError("corrections are not kept; start the app with --feedback FILE")
        return self._feedback

    def state(self) -> State:
        """Say everything as it is now."""
        result, view = self.board.result, self.stream.view
        labels = self._subject.labels
        drift = None if result is None else result.drift
        now = time.monotonic()
        if now - self._machine_s >= MACHINE_S:
            self._machine, self._machine_s = read_machine(), now
        wanted = self.wanted
        return State(
            trouble=self.board.trouble,
            frame=None if result is None else result.index,
            frames_per_second=round(self.board.frames_per_second, 1),
            latency_ms=0.0 if result is None else round(result.latency.total, 2),
            digits=describe_result(None if result is None else result.with_samples(view.samples), labels),
            doubtful=describe_seen(self.board.doubtful(), labels),
            counts=self.board.counts,
            threshold_bits=self._subject.warning.threshold_bits,
            labels=labels,
            celsius=self._machine.celsius,
            limits=self._machine.limits,
            controls=Controls(
                frozen=self.stream.frozen,
                panel=view.panel,
                samples=view.samples,
                threads=wanted.threads,
                saving=wanted.saving,
            ),
            most_samples=self._subject.samples,
            feedback=self._feedback is not None,
            source=self._subject.source,
            drift=drift,
            checks=None if self._feedback is None else self.checks.state,
            unlike="" if drift is None or drift.alarmed_at is None else words.UNLIKE,
        )


def new_recording(folder: Path) -> Path:
    """Name a recording after the time that it begins."""
    return folder / time.strftime("recording-%Y%m%d-%H%M%S.mkv")


def _expect(found: int, name: str, most: int) -> None:
    if not 1 <= found <= most:
        raise EdgeError(f"{name}: found {found}, expected 1 to {most}")
