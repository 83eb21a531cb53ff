"""Reads frames: where the digits are, what they are, how sure that is and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Digit, find_digits
from edge_app.result import FrameResult, Latency, Reading
from edge_app.runtime.classifier import Classifier, open_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Input
from edge_app.runtime.prediction import predict_batch
from edge_app.sources import Frame
from edge_app.tracking import POOLED_S, Tracker

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
        probabilities = self._classify(_batch(digits, manifest.input))
        classified = time.perf_counter()
        predictions = tuple(predict_batch(probabilities, manifest.thresholds))
        end = time.perf_counter()
        self._count += 1
        return FrameResult(
            index=self._count - 1,
            frame=frame,
            digits=digits,
            tracks=self._tracker.follow(digits, probabilities, frame.time_s),
            raw=Reading("raw", manifest.samples, predictions),
            latency=Latency(1000 * (found - start), 1000 * (classified - found), 1000 * (end - start)),
            thresholds=manifest.thresholds,
            samples=manifest.samples,
            more=len(all_digits) > self._most,
        )

    def _classify(self, images: NDArray[np.float32]) -> NDArray[np.float64]:
        parts = []
        for start in range(0, max(1, len(images)), AT_ONCE):
            self._check()
            parts.append(self._classifier.probabilities(images[start : start + AT_ONCE]))
        return np.concatenate(parts)


def read_frame(image: NDArray[np.uint8], classifier: Classifier) -> FrameResult:
    """Find and classify the digits of a picture by itself.

    Args:
        image: uint8 [H, W, 3] BGR or [H, W] grey.
        classifier: runs the bundle.
    """
    return Reader(classifier).read(Frame(image, 0.0))


def open_classifier(bundle: Path, threads: int) -> Classifier:
    """Open a bundle, and let OpenCV and LiteRT use so many threads.

    Raises:
        EdgeError: the bundle is no good, or takes images of another shape than those that the app cuts out.
    """
    cv2.setNumThreads(threads)
    classifier = open_bundle(bundle, threads=threads)
    found = classifier.manifest.input.shape
    if found != CUT_OUT.shape:
        raise EdgeError(f"{bundle}: takes images {_sides(found)}, expected {_sides(CUT_OUT.shape)}; export another one")
    return classifier


def _batch(digits: tuple[Digit, ...], wanted: Input) -> NDArray[np.float32]:
    """Stack the digits' images, float32 [N, 28, 28, 1], with paper and ink as the bundle wants them."""
    images = np.stack([digit.image for digit in digits]) if digits else np.zeros((0, *CUT_OUT.shape), np.float32)
    return wanted.from_paper_and_ink(images)


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
