"""What the loop leaves for those that watch it from other threads: the newest of everything, never a queue."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Digit
from edge_app.result import FrameResult
from edge_app.runtime.prediction import Prediction

DOUBTFUL: Final = 12
REMEMBERED: Final = 200
"""Digits that can still be corrected: the last ones that were seen."""
MARGIN: Final = 0.25
"""Of a digit's box, on every side of its picture."""
STALE_S: Final = 2.0
"""Without a frame for so long, a source is said to be silent."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenDigit:
    """A digit as it was when it was seen last.

    Attributes:
        track: its number in this run.
        digit: where it was, and its image.
        prediction: its raw reading.
        crop: the picture around it, uint8 [h, w, 3] BGR.
        frame: the number of the frame.
        time: seconds since 1970.
    """

    track: int
    digit: Digit
    prediction: Prediction
    crop: NDArray[np.uint8]
    frame: int
    time: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Running totals; a digit counts once for every frame, as in the summary.

    `silent_errors` is how many readings without a warning are wrong, as far as their own probabilities tell: it holds
    for digits like those that the bundle was calibrated on.
    """

    frames: int = 0
    digits: int = 0
    warnings: int = 0
    silent_errors: float = 0.0


class Board:
    """Written by the loop's thread, read by others; every access takes the lock for a moment.

    Attributes:
        on_post: called after every frame, in the loop's thread.
    """

    def __init__(self) -> None:
        self.on_post: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._result: FrameResult | None = None
        self._posted_s = time.monotonic()
        self._ticks: deque[float] = deque(maxlen=1000)
        self._notice: str | None = None
        self._counts = Counts()
        self._seen: OrderedDict[int, SeenDigit] = OrderedDict()
        self._doubtful: deque[int] = deque(maxlen=DOUBTFUL)

    def post(self, result: FrameResult) -> None:
        """Leave the newest frame's result; what was left before and not looked at is gone."""
        unsure = [track.number for track, raw in zip(result.tracks, result.raw.predictions, strict=True) if raw.unsure]
        with self._lock:
            self._result = result
            self._posted_s = time.monotonic()
            self._ticks.append(self._posted_s)
            self._notice = None
            counts = self._counts
            self._counts = Counts(
                frames=counts.frames + 1,
                digits=counts.digits + len(result.digits),
                warnings=counts.warnings + len(unsure),
                silent_errors=counts.silent_errors
                + sum(1 - raw.probability for raw in result.raw.predictions if not raw.unsure),
            )
            for number in unsure:
                if number not in self._doubtful:
                    self._doubtful.append(number)
            self._remember(result)
        self.on_post()

    def notice(self, text: str) -> None:
        """Leave word why there is no frame."""
        with self._lock:
            self._notice = text
        self.on_post()

    @property
    def result(self) -> FrameResult | None:
        """The newest frame's result; None before the first."""
        with self._lock:
            return self._result

    @property
    def counts(self) -> Counts:
        """The totals so far."""
        with self._lock:
            return self._counts

    @property
    def frames_per_second(self) -> float:
        """Frames that came during the last second."""
        with self._lock:
            now = time.monotonic()
            while self._ticks and now - self._ticks[0] > 1.0:
                self._ticks.popleft()
            return float(len(self._ticks))

    @property
    def trouble(self) -> str | None:
        """Why there is no new picture; None while frames come."""
        with self._lock:
            silent_s = time.monotonic() - self._posted_s
            if self._notice is not None:
                return self._notice
        return None if silent_s < STALE_S else f"no new picture for {silent_s:.0f} s"

    def doubtful(self) -> list[SeenDigit]:
        """Give the last digits that were doubted, the newest first."""
        with self._lock:
            return [self._seen[number] for number in reversed(self._doubtful) if number in self._seen]

    def unwarned(self) -> list[SeenDigit]:
        """Give the digits seen of late whose last reading carried no warning."""
        with self._lock:
            return [seen for seen in self._seen.values() if not seen.prediction.unsure]

    def seen(self, track: int) -> SeenDigit | None:
        """Give a digit that was seen of late by its track's number."""
        with self._lock:
            return self._seen.get(track)

    def _remember(self, result: FrameResult) -> None:
        image, now = result.frame.image, time.time()
        digits = zip(result.tracks, result.digits, result.raw.predictions, strict=True)
        for track, digit, prediction in digits:
            seen = SeenDigit(track.number, digit, prediction, _crop(image, digit), result.index, now)
            self._seen[track.number] = seen
            self._seen.move_to_end(track.number)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


def _crop(image: NDArray[np.uint8], digit: Digit) -> NDArray[np.uint8]:
    box = digit.box
    margin = round(MARGIN * max(box.width, box.height))
    top, left = max(0, box.y - margin), max(0, box.x - margin)
    return image[top : box.y + box.height + margin, left : box.x + box.width + margin].copy()
