"""Everything that is measured of one predictor on one data set."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Predictions, Thresholds
from train.evaluate.doubt import Detection, Doubt, detect, mean_doubt
from train.evaluate.predictor import UNCALIBRATED, Predictor, predict_all
from train.evaluate.scores import Scores, score

Labels = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Counts:
    """How images were read, in whole numbers: those of the parts of a data set add up to those of the whole.

    Attributes:
        images: all of them.
        right: whose most probable class is the true one.
        warned: that carry a warning.
        unwarned_errors: misread ones without a warning.
        covered: whose label set holds the true label.
        set_labels: labels in all the sets together.
    """

    images: int
    right: int
    warned: int
    unwarned_errors: int
    covered: int
    set_labels: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(ours + theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def warned_share(self) -> float:
        """Share of images that carry a warning."""
        return self.warned / self.images

    @property
    def unwarned_risk(self) -> float | None:
        """Share of errors among the images without a warning; None when every image carries one."""
        unwarned = self.images - self.warned
        return self.unwarned_errors / unwarned if unwarned else None

    @property
    def coverage(self) -> float:
        """Share of images whose label set holds the true label."""
        return self.covered / self.images

    @property
    def set_size(self) -> float:
        """Mean number of labels in a set."""
        return self.set_labels / self.images


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one predictor on one data set.

    Attributes:
        counts: images by how they were read.
        scores: accuracy, NLL, Brier and ECE of the predictive mean.
        doubt: means over the images of the entropies and of the interval's width.
        finds_errors: AUROC of each doubt score for finding misread images.
    """

    counts: Counts
    scores: Scores
    doubt: Doubt
    finds_errors: Detection


def evaluate(
    predictor: Predictor, images: NDArray[np.float32], labels: Labels, thresholds: Thresholds = UNCALIBRATED
) -> Evaluation:
    """Run a predictor over a data set and measure it.

    Args:
        predictor: what is measured.
        images: float32 [N, h, w, c], paper 1 and ink 0; any number, for they are run shard by shard.
        labels: the true ones, int [N].
        thresholds: what warnings and label sets are judged by; without any there are no warnings.

    Raises:
        ValueError: there is no image, the shapes do not fit, or the predictor gives what is no probability.
    """
    return measure(predict_all(predictor, images, thresholds), labels)


def measure(predictions: Predictions, labels: Labels) -> Evaluation:
    """Measure the predictions of a data set, [N], against its labels, int [N].

    Raises:
        ValueError: there is no image, or the shapes do not fit.
    """
    return Evaluation(
        counts=count(predictions, labels),
        scores=score(predictions.mean, labels),
        doubt=mean_doubt(predictions),
        finds_errors=detect(predictions, predictions.label != labels),
    )


def count(predictions: Predictions, labels: Labels) -> Counts:
    """Count the predictions of a data set or of a part of it, [N], by how they read their images."""
    wrong = predictions.label != labels
    return Counts(
        images=len(labels),
        right=int((~wrong).sum()),
        warned=int(predictions.unsure.sum()),
        unwarned_errors=int((wrong & ~predictions.unsure).sum()),
        covered=int(predictions.label_set[np.arange(len(labels)), labels].sum()),
        set_labels=int(predictions.label_set.sum()),
    )
