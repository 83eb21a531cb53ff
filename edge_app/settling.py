"""Gives each followed digit once, for whatever counts digits and not frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge_app.result import Track
from edge_app.runtime.prediction import Prediction, Reason

REMEMBERED: Final = 2000
"""Followed digits that are known to be given already."""


class Settling:
    """Waits until a digit stays where it is.

    The frames of one digit are not exchangeable, so that only one of them may count: the first in which it has been
    followed for so long that it no longer moves into view, and does not touch the picture's edge.
    """

    def __init__(self, settled_s: float) -> None:
        """Begin with no digit, to be followed for so many seconds."""
        self._settled_s = settled_s
        self._given: dict[int, None] = {}

    def settled(self, tracks: Sequence[Track], predictions: Sequence[Prediction]) -> list[Prediction]:
        """Give the raw readings of a frame's digits, in the same order as their tracks, that now count."""
        found = []
        for track, prediction in zip(tracks, predictions, strict=True):
            settled = track.age_s >= self._settled_s and prediction.reason is not Reason.EDGE
            if settled and track.number not in self._given:
                self._given[track.number] = None
                found.append(prediction)
        while len(self._given) > REMEMBERED:
            del self._given[next(iter(self._given))]
        return found
