"""Reads frames: where the digits are, what they are, how sure that is and how long it took."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.drift import DriftWatch
from edge_app.finder import Digit, Digits, Spent, find_digits
from edge_app.frame_time import LIVE, PICTURE, FrameTime, Limits
from edge_app.letters import among_letters
from edge_app.result import FrameResult, Latency, Reading, explained
from edge_app.runtime.classifier import Classifier, open_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Input
from edge_app.runtime.prediction import Prediction, Reason, Thresholds, predict_batch
from edge_app.sources import Frame
from edge_app.tracking import POOLED_S, Tracker
from edge_app.turned_picture import TurnedPicture
from edge_app.way_up import FEWEST, degrees_to_straight, doubt_of, may_be_turned, quarters_to_upright

CUT_OUT: Final = Input(shape=(28, 28, 1), dtype="float32", paper=1.0, ink=0.0)
"""What a finder cuts out."""

AT_ONCE: Final = 16
"""So many digits are classified between two looks at the time."""
FINDING: Final = 0.6
"""Share of a frame's time that is left to its finder."""
TURNING: Final = 0.3
"""Share of it after which a page's lean and its way up are no longer looked for."""

Finder: TypeAlias = Callable[[NDArray[np.uint8], Spent], Digits]
"""Picture, uint8 [H, W, 3] BGR or [H, W] grey -> its digits in reading order, each cut out as `CUT_OUT` says."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one picture shows, by itself.

    Attributes:
        digits: the N digits that were read.
        probabilities: of each its class probabilities, [K, M, C] for K weight samples and M cuts.
        predictions: what they say.
        latency: how long it took.
        more: whether it shows more digits.
    """

    digits: tuple[Digit, ...]
    probabilities: tuple[NDArray[np.float64], ...]
    predictions: tuple[Prediction, ...]
    latency: Latency
    more: bool


class Reader:
    """A bundle, and what finds the digits for it."""

    def __init__(
        self,
        classifier: Classifier,
        *,
        finder: Finder = find_digits,
        pooled_s: float = POOLED_S,
        limits: Limits = LIVE,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Start with no frame.

        Args:
            classifier: runs the bundle; see `open_classifier`.
            finder: finds the digits and cuts them out.
            pooled_s: over how many seconds the steady reading pools; 0 where frames have nothing to do with each other.
            limits: how much of a frame is read.
            check: called now and then while a frame is read; what it raises ends that.
        """
        self._classifier = classifier
        self._finder = finder
        self._limits = limits
        self._check = check
        self._pooled_s = pooled_s
        self._tracker = Tracker(pooled_s=pooled_s)
        self._watch = DriftWatch(classifier.manifest, settled_s=pooled_s)
        self._count = 0

    @property
    def classifier(self) -> Classifier:
        """What reads the digits."""
        return self._classifier

    def read_with(self, classifier: Classifier) -> None:
        """Read with another classifier from the next frame on; it must give as many samples of the same classes."""
        if classifier.bundle.digest != self._classifier.bundle.digest:
            self._watch = DriftWatch(classifier.manifest, settled_s=self._pooled_s)
        self._classifier = classifier

    def read(self, frame: Frame) -> FrameResult:
        """Find and classify the digits of the next frame."""
        return self.follow(frame, self.look(frame.image))

    def look(self, image: NDArray[np.uint8]) -> Look:
        """Find and classify the digits of a picture, uint8 [H, W, 3] BGR or [H, W] grey, whatever came before it."""
        frame_time = FrameTime(self._limits, self._check)
        start = time.perf_counter()
        found = self._finder(image, lambda share: frame_time.spent(FINDING * share))
        middle = time.perf_counter()
        read = self._read_digits(TurnedPicture.as_taken(image), found, frame_time)
        read = self._straight(read, frame_time)
        end = time.perf_counter()
        latency = Latency(1000 * (middle - start), 1000 * (end - middle), 1000 * (end - start))
        return Look(read.digits, read.probabilities, read.predictions, latency, read.more)

    def follow(self, frame: Frame, look: Look) -> FrameResult:
        """Say what the next frame comes to, after those before it."""
        manifest = self._classifier.manifest
        self._count += 1
        tracks = self._tracker.follow(look.digits, look.probabilities, frame.time_s)
        return FrameResult(
            index=self._count - 1,
            frame=frame,
            digits=look.digits,
            tracks=tracks,
            raw=Reading("raw", manifest.samples, look.predictions),
            latency=look.latency,
            thresholds=manifest.thresholds,
            samples=manifest.samples,
            more=look.more,
            drift=self._watch.observe(tracks, look.predictions),
        )

    def _read_digits(self, picture: TurnedPicture, found: Digits, frame_time: FrameTime) -> _Read:
        """Classify digits as long as there is time, the first ones in any case."""
        digits = found[: self._limits.digits]
        thresholds = self._classifier.manifest.thresholds
        probabilities: list[NDArray[np.float64]] = []
        alone: list[Prediction] = []
        for start in range(0, len(digits), AT_ONCE):
            if frame_time.spent() and probabilities:
                break
            some = digits[start : start + AT_ONCE]
            images = _batch(some, self._classifier.manifest.input)
            read = _by_digit(some, self._classifier.probabilities(images))
            probabilities += read
            alone += _predict_all(read, thresholds)
        digits = digits[: len(probabilities)]
        letters = among_letters([digit.place for digit in digits], alone)
        digits = tuple(map(_doubted, digits, letters))
        predictions = tuple(explained(p, digit.doubt) for p, digit in zip(alone, digits, strict=True))
        return _Read(picture, digits, tuple(probabilities), predictions, found.more or len(digits) < len(found))

    def _straight(self, read: _Read, frame_time: FrameTime) -> _Read:
        """Read a page whose lines lean as if they did not, if it is in less doubt then; either the right way up."""
        degrees = 0.0
        if len(read.digits) >= FEWEST and not frame_time.spent(TURNING):
            degrees = degrees_to_straight(read.picture.image)
        as_it_lies = self._upright(read, frame_time)
        if not degrees:
            return as_it_lies
        straight = self._upright(self._read_turned(read.picture.turn(degrees), frame_time), frame_time)
        return _less_doubtful(as_it_lies, straight)

    def _upright(self, read: _Read, frame_time: FrameTime) -> _Read:
        """Read a page the other way round, where its digits say that it lies so and there is time to find them anew."""
        if not may_be_turned(read.predictions) or frame_time.spent(TURNING):
            return read
        alone = tuple(replace(digit, others=()) for digit in read.digits)
        images = _batch(alone, self._classifier.manifest.input)
        as_found = np.stack([p[:, 0] for p in read.probabilities])
        quarters = quarters_to_upright(images, as_found, self._classifier.probabilities)
        if not quarters:
            return read
        return _less_doubtful(read, self._read_turned(read.picture.turn(90 * quarters), frame_time))

    def _read_turned(self, picture: TurnedPicture, frame_time: FrameTime) -> _Read:
        found = self._finder(picture.image, frame_time.spent)
        digits = Digits(digit for each in found if (digit := picture.take_back(each)) is not None)
        digits.more = found.more
        return self._read_digits(picture, digits, frame_time)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a picture, turned or not; see `Look`. The digits' boxes are in the picture as it was taken."""

    picture: TurnedPicture
    digits: tuple[Digit, ...]
    probabilities: tuple[NDArray[np.float64], ...]
    predictions: tuple[Prediction, ...]
    more: bool


def _less_doubtful(first: _Read, again: _Read) -> _Read:
    """Choose the second of two ways to see a page if it is in less doubt, and was read to the end if the first was."""
    better = doubt_of(again.predictions) < doubt_of(first.predictions)
    return again if better and (first.more or not again.more) else first


def read_frame(image: NDArray[np.uint8], classifier: Classifier) -> FrameResult:
    """Find and classify the digits of a picture by itself.

    Args:
        image: uint8 [H, W, 3] BGR or [H, W] grey.
        classifier: runs the bundle.
    """
    return Reader(classifier, limits=PICTURE).read(Frame(image, 0.0))


def open_classifier(bundle: Path, threads: int, verify_key: Path | None = None) -> Classifier:
    """Open a bundle, and let OpenCV and LiteRT use so many threads.

    Raises:
        EdgeError: the bundle is no good, is not signed with the key, or takes images of another shape than those that
            the app cuts out.
    """
    cv2.setNumThreads(threads)
    classifier = open_bundle(bundle, threads=threads, verify_key=verify_key)
    taken = classifier.manifest.input
    if taken.shape != CUT_OUT.shape:
        raise EdgeError(
            f"{bundle}: takes images {_sides(taken.shape)}, expected {_sides(CUT_OUT.shape)}; export another one"
        )
    if taken.paper is None:
        raise EdgeError(f"{bundle}: says no values of paper and ink, expected both; export it with --paper and --ink")
    return classifier


def _doubted(digit: Digit, letter: bool) -> Digit:  # noqa: FBT001 - what is mapped over
    """Doubt a digit that may be a letter, unless it is doubted whatever it is."""
    return replace(digit, doubt=Reason.PRINT) if letter and digit.doubt is not Reason.EDGE else digit


def _batch(digits: tuple[Digit, ...], wanted: Input) -> NDArray[np.float32]:
    """Stack the cuts of all digits, float32 [N, 28, 28, 1], with paper and ink as the bundle wants them."""
    return wanted.from_paper_and_ink(np.stack([image for digit in digits for image in digit.images]))


def _by_digit(digits: tuple[Digit, ...], probabilities: NDArray[np.floating]) -> list[NDArray[np.float64]]:
    """Gather the class probabilities [N, K, C] of all cuts by digit: [K, M, C] for one with M cuts."""
    ends = np.cumsum([len(digit.images) for digit in digits])
    return [np.asarray(part, np.float64).swapaxes(0, 1) for part in np.split(probabilities, ends[:-1])]


def _predict_all(probabilities: Sequence[NDArray[np.float64]], thresholds: Thresholds) -> list[Prediction]:
    """Pool each digit's cuts, [K, M, C]; digits of as many cuts are predicted at once, which takes half the time."""
    alike = defaultdict[int, list[int]](list)
    for index, found in enumerate(probabilities):
        alike[found.shape[1]].append(index)
    predictions = dict[int, Prediction]()
    for indices in alike.values():
        pooled = np.stack([probabilities[i].reshape(-1, probabilities[i].shape[-1]) for i in indices])
        predictions.update(zip(indices, predict_batch(pooled, thresholds), strict=True))
    return [predictions[index] for index in range(len(probabilities))]


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
