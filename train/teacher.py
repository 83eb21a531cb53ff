"""A trained network that says what a smaller one should learn of each image (Hinton et al. 2015, arXiv 1503.02531)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.network import Point
from models.posterior import digest
from models.predictive import run_in_batches, traced
from models.rebuild import rebuild
from models.runs import RECORD, load_run
from train.errors import TrainError


@dataclass(frozen=True, slots=True)
class Teacher:
    """A network without a posterior, and how much its word counts beside the label.

    Attributes:
        predict: class probabilities, float32 [N, C], of images, float32 [N, 28, 28, 1].
        share: of the target that is the teacher's; the rest is the label's. An augmented image may be a digit to
            nobody any more, which its label does not say.
    """

    predict: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    share: float

    def teach(self, images: NDArray[np.float32], onehot: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mix the labels, float32 [N, C], with what the teacher says of the images, float32 [N, 28, 28, 1]."""
        return np.float32(1 - self.share) * onehot + np.float32(self.share) * self.predict(images)


def load_teacher(folder: Path, share: float) -> Teacher:
    """Load a run as a teacher.

    Args:
        folder: the run folder.
        share: see `Teacher`.

    Raises:
        TrainError: the run is not finished, or its network has a posterior, so that it says something else in every
            pass.
        ModelError: the run cannot be read.
    """
    run = load_run(folder)
    if not run.record.finished:
        raise TrainError(
            f"{folder}: found a run that is not finished, expected a finished one; go on training it first"
        )
    if not all(isinstance(weight, Point) for layer in run.posterior.layers for weight in layer.weights.values()):
        raise TrainError(f"{folder}: found {run.record.model}, a network with a posterior, expected one without")
    forward = traced(rebuild(run))
    return Teacher(lambda images: run_in_batches(forward, images), share)


def identify(folder: Path | None) -> str:
    """Give the digest of a run's weights, as a recipe names it; empty for no run.

    Raises:
        TrainError: the folder holds several runs.
        ModelError: the run cannot be read.
    """
    if folder is None:
        return ""
    if not (folder / RECORD).exists() and (members := sorted(folder.glob(f"*/{RECORD}"))):
        raise TrainError(f"{folder}: found {len(members)} runs, expected one network's; choose one of them")
    return digest(load_run(folder).posterior)
