"""Holds the promise of a bundle's warning against labelled images, with numpy alone."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import WarningRule

BLOCK: Final = 500
"""Images that are read at a time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How a bundle read labelled images.

    Attributes:
        images: all of them.
        unwarned: those without a warning.
        errors: misread ones among these.
    """

    images: int
    unwarned: int
    errors: int

    def keeps(self, rule: WarningRule) -> bool:
        """Whether so few errors would be a matter of luck if the risk were higher than promised.

        The exact binomial test: at the promised risk, no more errors than these have at most the probability that the
        promise leaves for being wrong.
        """
        return binomial_tail(self.errors, self.unwarned, rule.target_risk) <= 1.0 - rule.confidence


def read_labelled(path: Path, shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Read labelled images that a bundle was not trained on, as export/to_tflite.py --holdout takes them.

    Args:
        path: an `.npz` of `images`, float32 [N, h, w, c], and `labels`, integers [N].
        shape: one image's.

    Raises:
        EdgeError: there are none.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            images, labels = archive["images"], archive["labels"]
    except (OSError, EOFError, ValueError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        raise EdgeError(f"{path}: found no images and labels ({error}); expected an .npz of both") from None
    fits = images.ndim == 4 and images.shape[1:] == shape and images.dtype == np.float32
    if not fits or labels.shape != images.shape[:1] or not np.issubdtype(labels.dtype, np.integer) or not len(labels):
        raise EdgeError(
            f"{path}: found images {images.dtype} {list(images.shape)} and labels {labels.dtype} {list(labels.shape)}, "
            f"expected float32 [N, {', '.join(map(str, shape))}] and whole numbers [N]"
        )
    return images, labels.astype(np.int64)


def hold_promise(classifier: Classifier, images: NDArray[np.float32], labels: NDArray[np.int64]) -> Kept:
    """Read labelled images, float32 [N, h, w, c] and int [N], and count what went unwarned and wrong."""
    unwarned = errors = 0
    for start in range(0, len(images), BLOCK):
        found = classifier.classify_batch(images[start : start + BLOCK])
        wrong = found.label != labels[start : start + BLOCK]
        unwarned += int((~found.unsure).sum())
        errors += int((wrong & ~found.unsure).sum())
    return Kept(len(images), unwarned, errors)


def binomial_tail(successes: int, trials: int, chance: float) -> float:
    """Give the probability of at most so many successes, each with the same chance between 0 and 1."""
    counts = range(min(successes, trials) + 1)
    logs = [
        math.lgamma(trials + 1)
        - math.lgamma(count + 1)
        - math.lgamma(trials - count + 1)
        + count * math.log(chance)
        + (trials - count) * math.log1p(-chance)
        for count in counts
    ]
    return min(1.0, math.fsum(map(math.exp, logs)))
