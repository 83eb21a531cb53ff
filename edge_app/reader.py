"""Reads frames: where the digits are, what they are, how sure that is and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.drift import DriftWatch
from edge_app.finder import Digit, find_digits
from edge_app.result import FrameResult, Latency, Reading, explained
from edge_app.runtime.classifier import Classifier, open_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Input
from edge_app.runtime.prediction import Prediction, predict
from edge_app.sources import Frame
from edge_app.tracking import POOLED_S, Tracker
from edge_app.way_up import may_be_turned, quarters_to_upright, turn_back, turn_picture

CUT_OUT: Final = Input(shape=(28, 28, 1), dtype="float32", paper=1.0, ink=0.0)
"""What a finder cuts out."""

AT_ONCE: Final = 16
"""So many digits are classified between two looks whether the user still wants to know."""

MOST: Final = 250
"""So many digits of a frame are read, the first in reading order: a frame is to be read within a second."""

Finder: TypeAlias = Callable[[NDArray[np.uint8]], tuple[Digit, ...]]
"""Picture, uint8 [H, W, 3] BGR or [H, W] grey -> its digits in reading order, each cut out as `CUT_OUT` says."""


class Reader:
    """A bundle, and what finds the digits for it."""

    def __init__(
        self,
        classifier: Classifier,
        *,
        finder: Finder = find_digits,
        pooled_s: float = POOLED_S,
        most: int = MOST,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Start with no frame.

        Args:
            classifier: runs the bundle; see `open_classifier`.
            finder: finds the digits and cuts them out.
            pooled_s: over how many seconds the steady reading pools; 0 where frames have nothing to do with each other.
            most: how many digits of a frame are read at most.
            check: called now and then while a frame is read; what it raises ends that.
        """
        self._classifier = classifier
        self._finder = finder
        self._most = most
        self._check = check
        self._tracker = Tracker(pooled_s=pooled_s)
        self._watch = DriftWatch(classifier.manifest, settled_s=pooled_s)
        self._count = 0

    @property
    def classifier(self) -> Classifier:
        """What reads the digits."""
        return self._classifier

    def read_with(self, classifier: Classifier) -> None:
        """Read with another classifier from the next frame on; it must give as many samples of the same classes."""
        self._classifier = classifier

    def read(self, frame: Frame) -> FrameResult:
        """Find and classify the digits of the next frame."""
        manifest = self._classifier.manifest
        start = time.perf_counter()
        all_digits = self._finder(frame.image)
        digits = all_digits[: self._most]
        found = time.perf_counter()
        probabilities, predictions = self._read_digits(digits)
        quarters = self._quarters_to_upright(digits) if may_be_turned(predictions) else 0
        if quarters:
            turned = self._finder(turn_picture(frame.image, quarters))
            digits = tuple(turn_back(digit, quarters, frame.image.shape) for digit in turned)
            probabilities, predictions = self._read_digits(digits)
        end = time.perf_counter()
        self._count += 1
        tracks = self._tracker.follow(digits, probabilities, frame.time_s)
        return FrameResult(
            index=self._count - 1,
            frame=frame,
            digits=digits,
            tracks=tracks,
            raw=Reading("raw", manifest.samples, predictions),
            latency=Latency(1000 * (found - start), 1000 * (end - found), 1000 * (end - start)),
            thresholds=manifest.thresholds,
            samples=manifest.samples,
            more=len(all_digits) > self._most,
            drift=self._watch.observe(tracks, predictions),
        )

    def _classify(self, images: NDArray[np.float32]) -> NDArray[np.float64]:
        parts = []
        for start in range(0, max(1, len(images)), AT_ONCE):
            self._check()
            parts.append(self._classifier.probabilities(images[start : start + AT_ONCE]))
        return np.concatenate(parts)

    def _read_digits(self, digits: tuple[Digit, ...]) -> tuple[tuple[NDArray[np.float64], ...], tuple[Prediction, ...]]:
        manifest = self._classifier.manifest
        probabilities = _by_digit(digits, self._classify(_batch(digits, manifest.input)))
        predictions = tuple(
            explained(predict(p.reshape(-1, p.shape[-1]), manifest.thresholds), digit.doubt)
            for digit, p in zip(digits, probabilities, strict=True)
        )
        return probabilities, predictions

    def _quarters_to_upright(self, digits: tuple[Digit, ...]) -> int:
        images = _batch(tuple(replace(digit, others=()) for digit in digits), self._classifier.manifest.input)
        return quarters_to_upright(images, self._classify)


def read_frame(image: NDArray[np.uint8], classifier: Classifier) -> FrameResult:
    """Find and classify the digits of a picture by itself.

    Args:
        image: uint8 [H, W, 3] BGR or [H, W] grey.
        classifier: runs the bundle.
    """
    return Reader(classifier).read(Frame(image, 0.0))


def open_classifier(bundle: Path, threads: int, verify_key: Path | None = None) -> Classifier:
    """Open a bundle, and let OpenCV and LiteRT use so many threads.

    Raises:
        EdgeError: the bundle is no good, is not signed with the key, or takes images of another shape than those that
            the app cuts out.
    """
    cv2.setNumThreads(threads)
    classifier = open_bundle(bundle, threads=threads, verify_key=verify_key)
    found = classifier.manifest.input.shape
    if found != CUT_OUT.shape:
        raise EdgeError(f"{bundle}: takes images {_sides(found)}, expected {_sides(CUT_OUT.shape)}; export another one")
    return classifier


def _batch(digits: tuple[Digit, ...], wanted: Input) -> NDArray[np.float32]:
    """Stack the cuts of all digits, float32 [N, 28, 28, 1], with paper and ink as the bundle wants them."""
    images = [image for digit in digits for image in digit.images]
    return wanted.from_paper_and_ink(np.stack(images) if images else np.zeros((0, *CUT_OUT.shape), np.float32))


def _by_digit(digits: tuple[Digit, ...], probabilities: NDArray[np.floating]) -> tuple[NDArray[np.float64], ...]:
    """Gather the class probabilities [N, K, C] of all cuts by digit: [K, M, C] for one with M cuts."""
    ends = np.cumsum([len(digit.images) for digit in digits])
    return tuple(np.asarray(part, np.float64).swapaxes(0, 1) for part in np.split(probabilities, ends[:-1]))[
        : len(digits)
    ]


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
