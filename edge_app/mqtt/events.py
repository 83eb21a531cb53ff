"""Which readings are news: a digit that appears, is read differently than before, or begins to be doubted."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Final, Literal

import msgspec

from edge_app.outputs.json_lines import DigitLine, describe_digit
from edge_app.result import FrameResult
from edge_app.runtime.prediction import Prediction

REMEMBERED: Final = 2000
"""Followed digits of which it is known what was told last."""


class Event(StrEnum):
    """Why a reading is told."""

    APPEARED = "appeared"
    CHANGED = "changed"  # another label, or no more doubt
    DOUBTED = "doubted"


class DigitEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One reading that is news.

    `id` is the same when a message is delivered again. `track` is the digit's number in this run, `time` in seconds
    since 1970; `digit` is as in a JSON line.
    """

    id: str
    event: Event
    track: int
    frame: int
    time: float
    reading: Literal["raw", "steady"]
    samples: int
    digit: DigitLine


class Newsroom:
    """Remembers what was told of each digit."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        """Begin with nothing told.

        Args:
            labels: the classes' names.
        """
        self._labels = labels
        self._told: dict[int, tuple[int, bool]] = {}
        self._run = f"{time.time_ns():x}"
        self._count = 0

    def news(self, result: FrameResult) -> list[DigitEvent]:
        """Give what is new in a frame, by its steady reading."""
        found = []
        for track, digit, prediction in zip(result.tracks, result.digits, result.steady.predictions, strict=True):
            event = self._judge(track.number, prediction)
            if event is None:
                continue
            self._count += 1
            found.append(
                DigitEvent(
                    id=f"{self._run}-{self._count}",
                    event=event,
                    track=track.number,
                    frame=result.index,
                    time=round(time.time(), 3),
                    reading=result.steady.name,
                    samples=result.steady.samples,
                    digit=describe_digit(digit, prediction, self._labels),
                )
            )
        while len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
        return found

    def _judge(self, number: int, prediction: Prediction) -> Event | None:
        before = self._told.get(number)
        now = self._told[number] = prediction.label, prediction.unsure
        if before == now:
            return None
        if prediction.unsure and (before is None or not before[1]):
            return Event.DOUBTED
        return Event.APPEARED if before is None else Event.CHANGED
