"""Follow digits from frame to frame and steady what is said of them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box, Digit
from edge_app.reader import Reading
from edge_app.runtime.prediction import Prediction, Thresholds, predict

POOLED_S: Final = 0.5
"""Readings of the same digit are pooled over this long."""
FORGOTTEN_S: Final = 0.25
"""A digit that was not found for longer is a new one when it comes back."""
REACH: Final = 0.75
"""How far a digit's centre may move between two frames, as a share of its size."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A followed digit in the newest frame.

    Attributes:
        track: a number that stays with the digit as long as it is followed.
        digit: where it is and how it looks, in the newest frame.
        prediction: what all pooled samples say together; one image.
    """

    track: int
    digit: Digit
    prediction: Prediction


@dataclass(slots=True)
class _Track:
    number: int
    digit: Digit
    seen_s: float
    readings: deque[tuple[float, NDArray[np.float64]]] = field(default_factory=deque)


class Tracker:
    """Pools the readings of each digit over a short time.

    The class probabilities of all frames in the window, [T K, C], are taken for samples of one predictive distribution:
    its mean is the mean over time, and its spread holds what changes from frame to frame as well as what the weights
    disagree about.
    """

    def __init__(self, thresholds: Thresholds, *, pooled_s: float = POOLED_S) -> None:
        """Start with no digit.

        Args:
            thresholds: the bundle's calibrated thresholds.
            pooled_s: how many seconds are pooled; 0 keeps frames of different times apart.
        """
        self._thresholds = thresholds
        self._pooled_s = pooled_s
        self._tracks: list[_Track] = []
        self._visible: list[_Track] = []
        self._next = 0

    def follow(self, reading: Reading, time_s: float) -> None:
        """Take in the next frame.

        Args:
            reading: what was read in it.
            time_s: when it was taken; never before the frame before.
        """
        known = [track for track in self._tracks if time_s - track.seen_s <= FORGOTTEN_S]
        matches = _match([track.digit.box for track in known], [digit.box for digit in reading.digits])
        self._visible = [
            known[matches[i]] if i in matches else self._begin(digit) for i, digit in enumerate(reading.digits)
        ]
        for track, digit, probabilities in zip(self._visible, reading.digits, reading.probabilities, strict=True):
            track.digit = digit
            track.seen_s = time_s
            track.readings.append((time_s, probabilities))
            while time_s - track.readings[0][0] > self._pooled_s:
                track.readings.popleft()
        continued = {track.number for track in self._visible}
        self._tracks = self._visible + [track for track in known if track.number not in continued]

    def sightings(self, samples: int) -> tuple[Sighting, ...]:
        """Say what the digits of the newest frame are.

        Args:
            samples: how many of the weight samples to use, the first ones.
        """
        return tuple(
            Sighting(track.number, track.digit, predict(self._pool(track, samples), self._thresholds))
            for track in self._visible
        )

    def _pool(self, track: _Track, samples: int) -> NDArray[np.float64]:
        return np.concatenate([probabilities[:samples] for _, probabilities in track.readings])

    def _begin(self, digit: Digit) -> _Track:
        self._next += 1
        return _Track(self._next, digit, 0.0)


def _match(known: list[Box], found: list[Box]) -> dict[int, int]:
    """Pair boxes, nearest first: index of the found box -> index of the known one."""
    pairs = sorted(
        (distance, j, i)
        for i, before in enumerate(known)
        for j, now in enumerate(found)
        if (distance := _distance(before, now)) < REACH
    )
    matches: dict[int, int] = {}
    for _, j, i in pairs:
        if j not in matches and i not in matches.values():
            matches[j] = i
    return matches


def _distance(a: Box, b: Box) -> float:
    """Distance of two boxes' centres as a share of the larger one's size."""
    dx = (a.x + a.width / 2) - (b.x + b.width / 2)
    dy = (a.y + a.height / 2) - (b.y + b.height / 2)
    return math.hypot(dx, dy) / max(a.width, a.height, b.width, b.height, 1)
