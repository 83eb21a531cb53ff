"""Golden images: what a bundle made of a few images where it was published, and whether it does so here too.

A processor, or another build of LiteRT, may compute what the publisher's did not. The images and what was read lie
beside the bundle's manifest, in `golden.npz`.
"""

from __future__ import annotations

import io
import math
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import read_whole
from edge_app.runtime.manifest import Kind
from edge_app.runtime.soundness import require_sound
from edge_app.runtime.trial import main_apart, run_apart

GOLDEN: Final = "golden.npz"
LARGEST: Final = 2**24
TOLERANCE: Final = 0.02
"""How far a class's probability may be from the publisher's; two processors round differently."""
SIGMAS: Final = 6.0
"""Of a graph that draws anew each time, how many standard deviations of a mean over K draws are allowed besides."""
SECONDS: Final = 10.0
"""Processor time that a self-test may take, besides what the bundle's size gives."""
WAY_OUT: Final = "publish the bundle again"


@dataclass(frozen=True, slots=True, eq=False)
class Golden:
    """Images and what was read in them.

    Attributes:
        images: float32 [N, h, w, c], as the bundle takes them.
        probabilities: the predictive mean of each, float64 [N, C].
    """

    images: NDArray[np.float32]
    probabilities: NDArray[np.float64]


def record_golden(classifier: Classifier, images: NDArray[np.float32]) -> Golden:
    """Read images, float32 [N, h, w, c], on the publisher's computer."""
    return Golden(images, classifier.probabilities(images).mean(axis=1))


def encode_golden(golden: Golden) -> bytes:
    """Give the file's content."""
    buffer = io.BytesIO()
    np.savez(buffer, images=golden.images, probabilities=golden.probabilities)
    return buffer.getvalue()


def read_golden(path: Path) -> Golden:
    """Read the file.

    Raises:
        EdgeError: there is none, or it holds something else.
    """
    try:
        with np.load(io.BytesIO(read_whole(path, LARGEST, WAY_OUT)), allow_pickle=False) as archive:
            images, probabilities = archive["images"], archive["probabilities"]
    except (OSError, EOFError, ValueError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        raise EdgeError(f"{path}: found no golden images ({error}); {WAY_OUT}") from None
    fits = images.ndim == 4 and images.dtype == np.float32 and probabilities.dtype == np.float64
    if not fits or probabilities.ndim != 2 or len(images) != len(probabilities) or not len(images):
        raise EdgeError(
            f"{path}: found images {images.dtype} {list(images.shape)} and probabilities {probabilities.dtype} "
            f"{list(probabilities.shape)}, expected float32 [N, h, w, c] and float64 [N, C]; {WAY_OUT}"
        )
    return Golden(images, probabilities)


def self_test(bundle: Bundle) -> None:
    """Hold a bundle against its golden images, in a process of its own.

    Raises:
        BusyError: it took too long by the clock, which says nothing of the bundle.
        EdgeError: a graph is not sound; the process crashed, took too long or too much memory; there are no golden
            images, or the bundle does not read in them what it read at its publisher's.
    """
    for source, graph in zip(bundle.sources, bundle.graphs, strict=True):
        require_sound(graph, str(source))
    run_apart(bundle, __name__, seconds=SECONDS)


def require_golden(classifier: Classifier, golden: Golden) -> None:
    """Refuse a bundle that does not read here what it read at its publisher's.

    Raises:
        EdgeError: a label or a probability is another one, or the images do not fit the bundle.
    """
    manifest, path = classifier.manifest, classifier.bundle.path
    count = len(golden.images)
    if golden.images.shape[1:] != manifest.input.shape or golden.probabilities.shape != (count, len(manifest.labels)):
        raise EdgeError(f"{path / GOLDEN}: holds images or classes of another bundle; {WAY_OUT}")
    found = classifier.probabilities(golden.images).mean(axis=1)
    tolerance = TOLERANCE + (SIGMAS * 0.5 / math.sqrt(manifest.samples) if manifest.kind is Kind.SAMPLED else 0.0)
    farthest = np.abs(found - golden.probabilities).max(axis=1)
    if not (farthest <= tolerance).all():  # what is no number is not near either
        image = int(farthest.argmax())
        raise EdgeError(
            f"{path}: reads golden image {image} with a probability that is {farthest[image]:.3f} from its "
            f"publisher's, expected at most {tolerance:.3f}; do not use this bundle here"
        )
    best, there = np.sort(golden.probabilities, axis=1)[:, -2:], golden.probabilities.argmax(axis=1)
    clear = best[:, 1] - best[:, 0] > 2 * tolerance
    if (found.argmax(axis=1) != there)[clear].any():
        raise EdgeError(f"{path}: misreads a golden image; do not use this bundle here")


def _hold(bundle: Bundle) -> None:
    require_golden(Classifier(bundle), read_golden(bundle.path / GOLDEN))


if __name__ == "__main__":
    sys.exit(main_apart(Path(sys.argv[1]), _hold, seconds=SECONDS))
