"""One frame read: where the digits are, what they are, how sure that is and how long it took."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Digit, find_digits
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Input
from edge_app.runtime.prediction import Predictions, predict_batch

CUT_OUT: Final = Input(shape=(28, 28, 1), dtype="float32", paper=1.0, ink=0.0)
"""What `find_digits` cuts out."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a frame took, in milliseconds.

    Attributes:
        find: finding the digits and cutting them out.
        classify: running the graphs.
        total: from the frame to the finished reading.
    """

    find: float
    classify: float
    total: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one frame says.

    Attributes:
        digits: the N digits found.
        probabilities: every sample's class probabilities, float64 [N, K, C].
        predictions: what the samples say together, a batch of N.
        latency: how long it took.
    """

    digits: tuple[Digit, ...]
    probabilities: NDArray[np.float64]
    predictions: Predictions
    latency: Latency


def open_classifier(bundle: Path, threads: int) -> Classifier:
    """Load a bundle, and let OpenCV and LiteRT use so many threads.

    Raises:
        EdgeError: the bundle is no good, or takes other images than those that the app cuts out.
    """
    cv2.setNumThreads(threads)
    classifier = Classifier(load_bundle(bundle), threads=threads)
    found = classifier.manifest.input
    if found != CUT_OUT:
        raise EdgeError(f"{bundle}: takes {_describe(found)}, expected {_describe(CUT_OUT)}; export another bundle")
    return classifier


def read_frame(image: NDArray[np.uint8], classifier: Classifier) -> Reading:
    """Find and classify the digits of a frame.

    Args:
        image: uint8 [H, W, 3] BGR.
        classifier: what runs the bundle.
    """
    start = time.perf_counter()
    digits = find_digits(image)
    found = time.perf_counter()
    probabilities = classifier.probabilities(_batch(digits))
    classified = time.perf_counter()
    predictions = predict_batch(probabilities, classifier.manifest.thresholds)
    end = time.perf_counter()
    latency = Latency(1000 * (found - start), 1000 * (classified - found), 1000 * (end - start))
    return Reading(digits, probabilities, predictions, latency)


def _batch(digits: tuple[Digit, ...]) -> NDArray[np.float32]:
    return np.stack([digit.image for digit in digits]) if digits else np.zeros((0, *CUT_OUT.shape), np.float32)


def _describe(images: Input) -> str:
    return f"images {' x '.join(map(str, images.shape))} with paper {images.paper:g} and ink {images.ink:g}"
