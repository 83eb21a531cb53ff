"""What a frame comes to: its digits' raw reading, of this frame alone, and their steady one, of half a second."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Digit
from edge_app.runtime.drift import Drift
from edge_app.runtime.prediction import Prediction, Reason, Thresholds, predict
from edge_app.sources import Frame

LIKELY: Final = 0.4
"""Mean probability of the likeliest class below which an unsure image is taken for none of them."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a frame took, in milliseconds.

    Attributes:
        find: finding the digits and cutting them out.
        classify: running the graphs.
        total: from the frame to the finished raw reading.
    """

    find: float
    classify: float
    total: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What is said of a frame's digits.

    Attributes:
        name: `raw`, from this frame alone; or `steady`, from all frames of the last half second that show the digit.
        samples: how many weight samples were used for each frame.
        predictions: one for each of the N digits.
    """

    name: Literal["raw", "steady"]
    samples: int
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A digit followed up to this frame.

    Attributes:
        number: stays with the digit as long as it is followed.
        recent: its class probabilities in the frames of the last half second, each [K, M, C] for K weight samples and
            M cuts; this frame's come last.
        age_s: for how many seconds it has been followed.
    """

    number: int
    recent: tuple[NDArray[np.float64], ...]
    age_s: float

    def pooled(self, samples: int) -> NDArray[np.float64]:
        """Pool the frames and cuts, taking the first `samples` weight samples of each, [T samples M, C].

        They are taken for samples of one predictive distribution: its mean is the mean over time, and its spread holds
        what changes from frame to frame and from cut to cut as well as what the weights disagree about.
        """
        return np.concatenate([found[:samples].reshape(-1, found.shape[-1]) for found in self.recent])


@dataclass(frozen=True, eq=False)
class FrameResult:
    """One frame and all that is said of it; what every output is made from.

    Attributes:
        index: the frame's number, from 0.
        frame: the picture and when it was taken.
        digits: the N digits found.
        tracks: their pasts, in the same order.
        raw: the reading of this frame alone, with all of the bundle's samples.
        latency: how long it took.
        thresholds: the bundle's.
        samples: how many weight samples the steady reading uses.
        more: whether the frame holds more digits than are read.
        drift: what the digits up to this frame say of drift; None where the bundle has nothing to hold them against.
    """

    index: int
    frame: Frame
    digits: tuple[Digit, ...]
    tracks: tuple[Track, ...]
    raw: Reading
    latency: Latency
    thresholds: Thresholds
    samples: int
    more: bool = False
    drift: Drift | None = None

    @cached_property
    def steady(self) -> Reading:
        """The reading over the last half second; worked out when it is first asked for."""
        predictions = (
            explained(predict(track.pooled(self.samples), self.thresholds), digit.doubt)
            for track, digit in zip(self.tracks, self.digits, strict=True)
        )
        return Reading("steady", self.samples, tuple(predictions))

    def with_samples(self, samples: int) -> FrameResult:
        """Give the same frame with a steady reading of the first `samples` weight samples."""
        return replace(self, samples=samples)


def explained(prediction: Prediction, doubt: Reason | None) -> Prediction:
    """Let the finder's doubt join the network's.

    Where it is unclear which ink is a digit's own, the samples of all its cuts are taken for samples of one predictive
    distribution: the segmentation is marginalised as the weights are. If that distribution is unsure, the reason is the
    finder's, unless no class is likely: then it is no digit, whichever way it is cut. No cut shows the
    rest of a digit that the picture's edge cuts, or tells a digit from print, so that these are always unsure.
    """
    if doubt is Reason.EDGE:
        return replace(prediction, reason=doubt)
    if prediction.unsure and prediction.probability < LIKELY:
        return replace(prediction, reason=Reason.NOT_A_DIGIT)
    hangs = doubt is Reason.PRINT or (doubt is not None and prediction.unsure)
    return replace(prediction, reason=doubt) if hangs else prediction
