"""The app reads with the shelf's current bundle, takes a newer one between two frames, and goes back from a bad one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from edge_app.options import report
from edge_app.result import FrameResult
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.settling import Settling
from edge_app.stop import StoppedError
from edge_app.updates.judge import Verdict, count, judge
from edge_app.updates.shelf import Shelf, ShelfState, Warned

STARTS: Final = 3
"""A bundle on trial goes back when so many starts of the app with it have failed within a minute."""
ALIVE_S: Final = 60.0
LOOK_S: Final = 1.0
KEEP_S: Final = 60.0
"""Counts are written so often: less would be lost in a crash, more would wear out a memory card."""

Open = Callable[[Path | None], Classifier]
"""Opens a bundle's folder; None for the bundle that the app was started with."""


class Standing(msgspec.Struct, frozen=True):
    """How the shelf stands, for whoever looks after the device.

    Attributes:
        number: of the current bundle in the repository; None for the one that the app was started with.
        on_trial: whether it must still show that it is no worse than the one before.
        read: what was read with it.
        refused: digests of bundles that were no good here, and why; the newest last.
    """

    number: int | None
    on_trial: bool
    read: Warned
    refused: dict[str, str]


class Follower:
    """One run of the app on a shelf: an output that takes every frame's result, in the loop's thread.

    Attributes:
        classifier: what reads now.
        use: called with another one, which differs in its graphs and thresholds alone, to read with from now on.
    """

    def __init__(self, shelf: Shelf, open_: Open, *, settled_s: float) -> None:
        """Open the current bundle, or the one before where that is no good.

        Args:
            shelf: holds the bundles.
            open_: opens one of them.
            settled_s: for how many seconds a digit must have been followed to be counted.

        Raises:
            EdgeError: the bundle that the app was started with cannot be opened, or the shelf is another program's.
        """
        self.classifier: Classifier
        self.use: Callable[[Classifier], None] = lambda _: None
        self._shelf = shelf
        self._open = open_
        self._settled_s = settled_s
        self._update: subprocess.Popen[bytes] | None = None
        self._running: str | None
        self._seen: str | None  # the digest that was current when bundles were last compared
        self._read: Warned
        self._settling: Settling
        self._begun_s: float
        self._kept_s: float
        self._looked_s = 0.0
        self._stamp = shelf.stamp
        self._state = shelf.state
        if self._state.on_trial and self._state.starts >= STARTS:
            self._go_back(f"the app did not live for a minute in {STARTS} starts")
        self._state = shelf.change(_count_start)
        self._begin(self._open_current())

    def __enter__(self) -> Self:
        """Follow until the run ends."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        """Keep what was counted; a run that ends as somebody wanted has not failed."""
        self._keep(lived=kind is None or issubclass(kind, (StoppedError, KeyboardInterrupt)))

    def take(self, result: FrameResult) -> None:
        """Count what was read, judge a bundle on trial, and look now and then for another one.

        Raises:
            EdgeError: the bundle before is to be gone back to, and takes a new start.
        """
        now = time.monotonic()
        settled = self._settling.settled(result.tracks, result.raw.predictions)
        for prediction in settled:
            self._read = count(self._read, warned=prediction.unsure)
        if settled and self._state.on_trial and self._state.digest == self._running:
            self._judge()
        if now - self._kept_s >= KEEP_S:
            self._kept_s = now
            self._keep(lived=now - self._begun_s >= ALIVE_S)
        if now - self._looked_s >= LOOK_S:
            self._looked_s = now
            self._look()

    def close(self) -> None:
        """A sink's end; what there is to do, `__exit__` does."""

    def begin_update(self) -> None:
        """Fetch what is offered, in a process of its own; from any thread."""
        if self._update is None or self._update.poll() is not None:
            command = [sys.executable, "-m", "edge_app", "update", "--bundles", str(self._shelf.folder)]
            self._update = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    @property
    def standing(self) -> Standing:
        """How the shelf stands; from any thread."""
        state = self._state
        return Standing(
            number=None if state.current is None else state.current.number,
            on_trial=state.on_trial,
            read=self._read,
            refused={refused.digest: refused.reason for refused in state.refused},
        )

    def _begin(self, classifier: Classifier) -> None:
        """Read and count with a bundle from now on: the current one."""
        self.classifier = classifier
        self._running = self._seen = self._state.digest
        self._read = self._state.read
        self._settling = Settling(self._settled_s)
        self._begun_s = self._kept_s = time.monotonic()

    def _open_current(self) -> Classifier:
        """Open the current bundle; one that cannot be opened is gone back from."""
        while True:
            digest = self._state.digest
            try:
                return self._open(None if digest is None else self._shelf.path(digest))
            except EdgeError as error:
                if digest is None:
                    raise
                self._go_back(str(error))

    def _judge(self) -> None:
        verdict = judge(self._read, self._state.read_before)
        if verdict is Verdict.PASSED:
            self._state = self._shelf.change(self._passed)
            report(f"{_name(self._running)}: is no longer on trial")
        elif verdict is Verdict.WARNS_FAR_MORE:
            read, before = self._read, self._state.read_before
            self._go_back(
                f"warned of {read.warned} of {read.digits} digits, the one before of {before.warned} of {before.digits}"
            )
            self._swap()
            if self._state.digest != self._running:
                raise EdgeError(f"{self._shelf.folder}: went back to a bundle that takes a new start of the app")

    def _passed(self, state: ShelfState) -> ShelfState:
        """End the trial of what is running; an update may just have put another bundle on trial."""
        counted = state.having_read(self._running, self._read)
        return counted.settled() if state.digest == self._running else counted

    def _go_back(self, reason: str) -> None:
        """Take the bundle before, and never again the current one."""
        digest = self._state.digest
        if digest is None:
            return
        self._state = self._shelf.change(
            lambda state: state.refusing(digest, reason).back() if state.digest == digest else state
        )
        report(f"bundle {digest[:12]}: {reason}; went back to {_name(self._state.digest)}")

    def _look(self) -> None:
        """See whether an update, or somebody else, has changed what is current."""
        if self._shelf.stamp == self._stamp:
            return
        self._stamp = self._shelf.stamp
        self._state = self._shelf.state
        if self._state.digest != self._seen:
            self._swap()

    def _swap(self) -> None:
        """Read with the current bundle, if that can be done between two frames."""
        classifier = self._open_current()
        self._seen = self._state.digest
        if self._state.digest == self._running:
            return
        if not _alike(self.classifier, classifier):
            report(f"{_name(self._state.digest)}: takes a new start of the app, for its samples or labels are others")
            return
        self._keep(lived=False)
        self._begin(classifier)
        self.use(classifier)
        report(f"reading with {_name(self._running)} from now on")

    def _keep(self, *, lived: bool) -> None:
        """Write down what was counted, and that the app lives."""

        def counted(state: ShelfState) -> ShelfState:
            starts = 0 if lived and state.digest == self._running else state.starts
            return msgspec.structs.replace(state.having_read(self._running, self._read), starts=starts)

        self._state = self._shelf.change(counted)


def _count_start(state: ShelfState) -> ShelfState:
    return msgspec.structs.replace(state, starts=state.starts + 1) if state.on_trial else state


def _alike(one: Classifier, other: Classifier) -> bool:
    """Whether outputs need not be told of another bundle's classes and samples."""
    return (one.labels, one.manifest.samples) == (other.labels, other.manifest.samples)


def _name(digest: str | None) -> str:
    return "the bundle that the app was started with" if digest is None else f"bundle {digest[:12]}"
