"""Fits a network by its recipe, saving after every epoch."""

from __future__ import annotations

import importlib.metadata
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import tf_keras
from tqdm import tqdm

from dataset import Split
from models.networks import BUILDERS, negative_log_likelihood
from models.runs import Epoch, Record, load_run, restore_optimiser, save_run
from train.errors import TrainError
from train.recipes import Recipe

LIBRARIES = ("tensorflow", "tf-keras", "tensorflow-probability", "numpy")


@dataclass(frozen=True, slots=True)
class Job:
    """One training to do.

    Attributes:
        recipe: the settings.
        data: the training images, float32 [N, 28, 28, 1], and labels.
        holdout: how many of them, the last ones, are not trained on.
        seed: of initial weights, shuffling and sampled weights.
        folder: the run folder to write.
    """

    recipe: Recipe
    data: Split
    holdout: int
    seed: int
    folder: Path

    @property
    def rows(self) -> int:
        """Number of images trained on."""
        return len(self.data.x) - self.holdout


def start(job: Job) -> tuple[tf_keras.Sequential, Record]:
    """Train from the beginning; returns the model and its record.

    Raises:
        TrainError: nothing is left to train on.
        ModelError: the run folder cannot be written.
    """
    if not 0 <= job.holdout < len(job.data.x):
        raise TrainError(f"--holdout: found {job.holdout}, expected 0 to {len(job.data.x) - 1}")
    tf_keras.utils.set_random_seed(job.seed)
    record = Record(
        format="bayes-edge-run",
        version=1,
        model=job.recipe.model,
        recipe=asdict(job.recipe),
        seed=job.seed,
        rows=job.rows,
        holdout=job.holdout,
        epochs=(),
        finished=False,
        metrics={},
        weights="epoch-00.npz",
        weights_sha256="",
        versions={name: importlib.metadata.version(name) for name in LIBRARIES},
    )
    model = BUILDERS[job.recipe.model](job.rows)
    _compile(model, job.recipe)
    return model, _train(job, model, record)


def resume(job: Job) -> tuple[tf_keras.Sequential, Record]:
    """Go on after the last whole epoch of an interrupted run.

    The random streams start anew, so that the weights differ from those of an uninterrupted run.

    Raises:
        TrainError: the run was made with other settings, or is finished.
        ModelError: the run folder cannot be read or written.
    """
    run = load_run(job.folder)
    if (run.record.recipe, run.record.seed, run.record.rows) != (asdict(job.recipe), job.seed, job.rows):
        raise TrainError(f"{job.folder}: was trained with other settings; repeat them, or start anew with --force")
    if run.record.finished:
        raise TrainError(f"{job.folder}: is finished; start anew with --force")
    _compile(run.model, job.recipe)
    restore_optimiser(run)
    tf_keras.utils.set_random_seed(job.seed + len(run.record.epochs))
    return run.model, _train(job, run.model, run.record)


class _EveryEpoch(tf_keras.callbacks.Callback):
    """Saves the run after every epoch, and shows how far it is."""

    def __init__(self, job: Job, record: Record) -> None:
        super().__init__()
        self.job, self.record = job, record
        steps = -(-job.rows // job.recipe.batch)
        done = len(record.epochs)
        self.bar = tqdm(total=steps * job.recipe.epochs, initial=steps * done, unit="step", disable=None)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.bar.set_description(f"epoch {epoch + 1}/{self.job.recipe.epochs}")
        self.began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.bar.update()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.bar.set_postfix(loss=f"{logs['loss']:.3f}", accuracy=f"{logs['accuracy']:.4f}")
        seconds = round(time.monotonic() - self.began, 1)
        latest = Epoch(loss=float(logs["loss"]), accuracy=float(logs["accuracy"]), seconds=seconds)
        grown = msgspec.structs.replace(
            self.record, epochs=(*self.record.epochs, latest), weights=f"epoch-{epoch + 1:02}.npz"
        )
        self.record = save_run(self.job.folder, grown, self.model)

    def on_train_end(self, logs: Any = None) -> None:
        self.bar.close()


def _compile(model: tf_keras.Sequential, recipe: Recipe) -> None:
    loss = negative_log_likelihood if recipe.loss == "negative_log_likelihood" else recipe.loss
    model.compile(tf_keras.optimizers.RMSprop(recipe.learning_rate), loss, metrics=["accuracy"])


def _train(job: Job, model: tf_keras.Sequential, record: Record) -> Record:
    x, y, onehot = (values[: job.rows] for values in job.data)
    watcher = _EveryEpoch(job, record)
    model.fit(
        x,
        y if job.recipe.loss == "sparse_categorical_crossentropy" else onehot,
        batch_size=job.recipe.batch,
        epochs=job.recipe.epochs,
        initial_epoch=len(record.epochs),
        callbacks=[watcher],
        verbose=0,
    )
    return watcher.record
