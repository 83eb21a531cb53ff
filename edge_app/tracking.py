"""Follow digits from frame to frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box, Digit
from edge_app.result import Track

POOLED_S: Final = 0.5
"""Readings of the same digit are pooled over this long."""
FORGOTTEN_S: Final = 0.25
"""A digit that was not found for longer is a new one when it comes back."""
REACH: Final = 0.75
"""How far a digit's centre may move between two frames, as a share of its size."""


@dataclass(slots=True)
class _Followed:
    number: int
    box: Box
    begun_s: float
    seen_s: float
    recent: deque[tuple[float, NDArray[np.float64]]] = field(default_factory=deque)


class Tracker:
    """Finds the digits of one frame again in the next."""

    def __init__(self, *, pooled_s: float = POOLED_S) -> None:
        """Start with no digit.

        Args:
            pooled_s: how many seconds of a digit's past are kept; 0 keeps frames of different times apart.
        """
        self._pooled_s = pooled_s
        self._followed: list[_Followed] = []
        self._next = 1

    def follow(
        self, digits: tuple[Digit, ...], probabilities: Sequence[NDArray[np.float64]], time_s: float
    ) -> tuple[Track, ...]:
        """Take in the next frame.

        Args:
            digits: its N digits.
            probabilities: their class probabilities, [K, M, C] each for K weight samples and M cuts.
            time_s: when it was taken; never before the frame before.

        Returns:
            Each digit's track up to this frame.
        """
        known = [digit for digit in self._followed if time_s - digit.seen_s <= FORGOTTEN_S]
        matches = _match([digit.box for digit in known], [digit.box for digit in digits])
        visible = [
            known[matches[i]] if i in matches else self._begin(digit.box, time_s) for i, digit in enumerate(digits)
        ]
        for followed, digit, found in zip(visible, digits, probabilities, strict=True):
            followed.box = digit.box
            followed.seen_s = time_s
            followed.recent.append((time_s, found))
            while time_s - followed.recent[0][0] > self._pooled_s:
                followed.recent.popleft()
        continued = {followed.number for followed in visible}
        self._followed = visible + [digit for digit in known if digit.number not in continued]
        return tuple(
            Track(digit.number, tuple(found for _, found in digit.recent), time_s - digit.begun_s) for digit in visible
        )

    def _begin(self, box: Box, time_s: float) -> _Followed:
        followed = _Followed(self._next, box, time_s, time_s)
        self._next += 1
        return followed


def _match(known: list[Box], found: list[Box]) -> dict[int, int]:
    """Pair boxes, nearest first: index of the found box -> index of the known one."""
    if not known or not found:
        return {}
    distances = _distances(known, found)
    near = np.argwhere(distances < REACH)
    matches: dict[int, int] = {}
    taken: set[int] = set()
    for i, j in near[np.argsort(distances[tuple(near.T)], kind="stable")].tolist():
        if j not in matches and i not in taken:
            matches[j] = i
            taken.add(i)
    return matches


def _distances(known: list[Box], found: list[Box]) -> NDArray[np.float64]:
    """Distances of the boxes' centres as shares of the larger one's longer side, float64 [known, found]."""
    x, y, side = _centres(known)[..., None]
    x1, y1, side1 = _centres(found)
    return np.asarray(np.hypot(x - x1, y - y1) / np.maximum(np.maximum(side, side1), 1))


def _centres(boxes: list[Box]) -> NDArray[np.float64]:
    """Centres and longer sides, float64 [3, n]."""
    return np.array(
        [(box.x + box.width / 2, box.y + box.height / 2, max(box.width, box.height)) for box in boxes], np.float64
    ).T
