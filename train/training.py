"""Trainings that any process can do: each loads its images, and ends with the figures on the test sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import tf_keras

from dataset import Split, load_folder, load_split
from models.read_model import read_posterior
from models.runs import Record, save_run
from train.errors import TrainError
from train.evaluate import evaluate
from train.evaluate.full_model import FullModel
from train.evaluate.scores import score
from train.fit import Job, complete
from train.recipes import Recipe
from train.teacher import load_teacher

TEST_SETS: Final = ("MNIST", "MNIST_corrupted")
PASSES: Final = 50

Fit = Callable[[Job], tuple[tf_keras.Sequential, Record]]


@dataclass(frozen=True, slots=True)
class Training:
    """What a training is told; see `Job`, which holds the images too.

    Attributes:
        recipe: the settings.
        seed: of all random numbers.
        folder: the run folder to write.
        holdout: how many of the training images, the last ones, are not trained on.
        images: how many training images there are, the first ones; None for all 60,000.
        start: the run folder whose weights training begins with, if not with new ones.
        extra: a folder as `dataset.load_folder` takes it, whose images are trained on too; None for none.
        until: stop after so many of the recipe's epochs, to be gone on with; None for all of them.
        teacher: the run folder of the network that says beside the labels what the images are; None for none.
    """

    recipe: Recipe
    seed: int
    folder: Path
    holdout: int
    images: int | None = None
    start: Path | None = None
    extra: Path | None = None
    until: int | None = None
    teacher: Path | None = None


def train(training: Training, fit: Fit = complete) -> Record:
    """Train a network, score it on the test sets and save it; by default a finished run is left as it is.

    One that is told to stop earlier is left unfinished, and has no figures yet.

    Args:
        training: what to do.
        fit: how: `train.fit.start`, `resume`, or whichever of these brings the run to its end.

    Raises:
        TrainError: the run was made with other settings, nothing is left to train on, or the teacher cannot teach it.
        ModelError: the prior does not fit the network, or a run folder cannot be read or written.
        DataError: MNIST cannot be read.
    """
    model, record = fit(make_job(training))
    if record.finished or len(record.epochs) < training.recipe.epochs:
        return record
    metrics = {name: score_run(model, load_split(name, "test"), training.seed) for name in TEST_SETS}
    return save_run(
        training.folder, msgspec.structs.replace(record, finished=True, metrics=metrics), read_posterior(model)
    )


def make_job(training: Training) -> Job:
    """Load the images of a training.

    Raises:
        TrainError: the teacher has a posterior, or the network learns from whole labels alone where targets are mixed.
        ModelError: the teacher cannot be read.
        DataError: MNIST cannot be read.
    """
    _require_targets(training)
    data = load_split("MNIST", "train")
    part = slice(training.images)
    data = Split(data.x[part], data.y[part], data.onehot[part])
    if training.extra is not None:  # first, for the last ones are held out
        data = _join(load_folder(training.extra), data)
    own = (training.recipe, data, training.holdout, training.seed, training.folder)
    teacher = None if training.teacher is None else load_teacher(training.teacher, training.recipe.taught)
    return Job(*own, training.start, training.until, teacher)


def _require_targets(training: Training) -> None:
    """Refuse what makes a target of several labels where the loss knows one alone."""
    recipe = training.recipe
    mixed = {"--teacher": training.teacher, "outliers": recipe.outliers, "mixup": recipe.mixup}
    asked = [name for name, value in mixed.items() if value]
    if asked and recipe.loss != "negative_log_likelihood":
        raise TrainError(
            f"{asked[0]}: found model {recipe.model}, which learns from whole labels alone; choose one whose loss is "
            "the negative log-likelihood"
        )


def _join(first: Split, last: Split) -> Split:
    return Split(
        np.concatenate([first.x, last.x]),
        np.concatenate([first.y, last.y]),
        np.concatenate([first.onehot, last.onehot]),
    )


def score_run(model: tf_keras.Sequential, data: Split, seed: int) -> dict[str, float]:
    """Score a trained network on a data set, as its record keeps it.

    Args:
        model: the network.
        data: images, float32 [N, 28, 28, 1], and labels.
        seed: of the stochastic passes.

    Returns:
        accuracy, nll (nats), brier and ece of the mean of 50 passes, and of one pass with the prefix `one_pass_`; of a
        network whose passes do not differ, the figures of one under plain names.
    """
    pair = FullModel(model, 2, seed).probabilities(data.x)
    one_pass = asdict(score(pair[:, 0], data.y))
    if (pair[:, 0] == pair[:, 1]).all():
        return one_pass
    mean = asdict(evaluate(FullModel(model, PASSES, seed), data.x, data.y).scores)
    return mean | {f"one_pass_{name}": value for name, value in one_pass.items()}
