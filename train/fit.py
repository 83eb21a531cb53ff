"""Fits a network by its recipe, saving after every epoch."""

from __future__ import annotations

import importlib.metadata
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import msgspec
import numpy as np
import tensorflow as tf
import tf_keras
from tqdm import tqdm

from dataset import INK, LABELS, PAPER, Split
from models.networks import build, negative_log_likelihood
from models.predictive import class_probabilities
from models.read_model import read_posterior
from models.rebuild import rebuild, restore_training_state, training_state
from models.runs import RECORD, Epoch, Input, Record, load_run, read_record, save_run
from train.errors import DivergedError, TrainError
from train.feed import count_outliers, feed
from train.precision import multiply_in
from train.recipes import Recipe
from train.teacher import Teacher

LIBRARIES = ("tensorflow", "tf-keras", "tensorflow-probability", "numpy")

Step = Callable[[Split, float], tuple[tf.Tensor, tf.Tensor]]


@dataclass(frozen=True, slots=True)
class Job:
    """One training to do.

    Attributes:
        recipe: the settings.
        data: the training images, float32 [N, 28, 28, 1], and labels.
        holdout: how many of them, the last ones, are not trained on.
        seed: of initial weights, shuffling, augmentation and sampled weights.
        folder: the run folder to write.
        start: the run folder whose weights training begins with, if not with new ones; see `Recipe.start`.
        until: stop after so many of the recipe's epochs, to be gone on with; None for all of them.
        teacher: who says beside the labels what the images are; see `Recipe.teacher`.
    """

    recipe: Recipe
    data: Split
    holdout: int
    seed: int
    folder: Path
    start: Path | None = None
    until: int | None = None
    teacher: Teacher | None = None

    @property
    def rows(self) -> int:
        """Number of images trained on."""
        return len(self.data.x) - self.holdout

    @property
    def steps(self) -> int:
        """Number of steps in an epoch."""
        return -(-self.images // self.recipe.batch)

    @property
    def images(self) -> int:
        """Number of images in an epoch: those trained on, and those that are no digits."""
        return self.rows + count_outliers(self.rows, self.recipe.outliers)


def start(job: Job) -> tuple[tf_keras.Sequential, Record]:
    """Train from the first epoch; returns the model and its record.

    Raises:
        TrainError: nothing is left to train on, the weights to begin with are another network's, or it diverges.
        ModelError: the prior does not fit the network, or a run folder cannot be read or written.
    """
    model, record = prepare(job)
    return model, _train(job, model, record)


def prepare(job: Job) -> tuple[tf_keras.Sequential, Record]:
    """Build the network and the record that a training begins with; nothing is written. Raises as `start` does."""
    if not 0 <= job.holdout < len(job.data.x):
        raise TrainError(f"--holdout: found {job.holdout}, expected 0 to {len(job.data.x) - 1}")
    tf_keras.utils.set_random_seed(job.seed)
    record = Record(
        format="bayes-edge-run",
        version=2,
        model=job.recipe.model,
        recipe=asdict(job.recipe),
        seed=job.seed,
        rows=job.rows,
        holdout=job.holdout,
        input=Input(paper=PAPER, ink=INK),
        labels=LABELS,
        epochs=(),
        finished=False,
        metrics={},
        versions={name: importlib.metadata.version(name) for name in LIBRARIES},
    )
    model = build(job.recipe.model, job.rows, job.recipe.prior)
    if job.start is not None:
        model.set_weights(_weights_of(job.start, job.recipe.model))
    model.compile(_optimiser(job))
    return model, record


def complete(job: Job) -> tuple[tf_keras.Sequential, Record]:
    """Train from wherever the run stands, which may be its end; returns the model and its record.

    Raises:
        TrainError: the run was made with other settings, or nothing is left to train on.
        ModelError: a run folder cannot be read or written, or the prior does not fit the network.
    """
    if not (job.folder / RECORD).exists():
        return start(job)
    if not read_record(job.folder).finished:
        return resume(job)
    run = load_run(job.folder)
    _require_same(job, run.record)
    return rebuild(run), run.record


def resume(job: Job) -> tuple[tf_keras.Sequential, Record]:
    """Go on after the last whole epoch of an interrupted run.

    The stream of sampled weights starts anew, so that the result differs from that of an uninterrupted run.

    Raises:
        TrainError: the run was made with other settings, or is finished.
        ModelError: the run folder cannot be read or written.
    """
    run = load_run(job.folder)
    _require_same(job, run.record)
    if run.record.finished:
        raise TrainError(f"{job.folder}: is finished; start anew with --force")
    model = build(job.recipe.model, job.rows, job.recipe.prior)
    model.compile(_optimiser(job))
    restore_training_state(run, model)
    tf_keras.utils.set_random_seed(job.seed + len(run.record.epochs))
    return model, _train(job, model, run.record)


def _require_same(job: Job, record: Record) -> None:
    known = {field.name: field.default for field in fields(Recipe)} | record.recipe  # a later setting has its default
    found = known | {"seed": record.seed, "rows": record.rows, "holdout": record.holdout}
    wanted = asdict(job.recipe) | {"seed": job.seed, "rows": job.rows, "holdout": job.holdout}
    others = [name for name in wanted if found.get(name) != wanted[name]]
    if others:
        name = others[0]
        raise TrainError(
            f"{job.folder}: was trained with {name} {found.get(name)!r}, expected {wanted[name]!r}; repeat its "
            "settings, remove the folder to start anew, or choose another --out"
        )


def _weights_of(folder: Path, model: str) -> list[np.ndarray]:
    run = load_run(folder)
    if run.record.model != model:
        raise TrainError(f"{folder}: found a run of model {run.record.model}, expected {model}; choose another --start")
    return list(rebuild(run).get_weights())


def _optimiser(job: Job) -> tf_keras.optimizers.Optimizer:
    rate = job.recipe.learning_rate
    if job.recipe.schedule == "cosine":
        rate = tf_keras.optimizers.schedules.CosineDecay(rate, job.steps * job.recipe.epochs)
    kinds = {"rmsprop": tf_keras.optimizers.RMSprop, "adam": tf_keras.optimizers.Adam}
    return kinds[job.recipe.optimiser](rate)


def _train(job: Job, model: tf_keras.Sequential, record: Record) -> Record:
    recipe, done = job.recipe, len(record.epochs)
    step = _make_step(model, recipe)
    data = _part(job.data, slice(job.rows))
    epochs = range(done, recipe.epochs if job.until is None else min(job.until, recipe.epochs))
    with (
        multiply_in(recipe.precision),
        tqdm(total=job.steps * epochs.stop, initial=job.steps * done, unit="step", disable=None) as bar,
    ):
        began = time.monotonic()
        feeding = feed(
            data,
            augmented=recipe.augmented,
            outliers=recipe.outliers,
            seed=job.seed,
            epochs=epochs,
            teacher=job.teacher,
            mixup=recipe.mixup,
        )
        for epoch, images in zip(epochs, feeding, strict=True):
            bar.set_description(f"epoch {epoch + 1}/{epochs.stop}")
            loss = right = 0.0
            for index in range(job.steps):
                batch = _part(images, slice(index * recipe.batch, (index + 1) * recipe.batch))
                figures = step(batch, _kl_weight(recipe, epoch + index / job.steps))
                loss, right = loss + figures[0], right + figures[1]
                bar.update()
            latest = Epoch(
                loss=float(loss) / job.images,
                accuracy=float(right) / job.rows,
                seconds=round(time.monotonic() - began, 1),
            )
            if not math.isfinite(latest.loss):
                raise DivergedError(
                    f"{job.folder}: the loss is {latest.loss} after epoch {epoch + 1}, expected a number; choose a "
                    f"learning rate below {recipe.learning_rate}"
                )
            began = time.monotonic()
            bar.set_postfix(loss=f"{latest.loss:.3f}", accuracy=f"{latest.accuracy:.4f}")
            grown = msgspec.structs.replace(record, epochs=(*record.epochs, latest))
            record = save_run(job.folder, grown, read_posterior(model), training_state(model))
    return record


def _part(data: Split, part: slice) -> Split:
    return Split(data.x[part], data.y[part], data.onehot[part])


def _kl_weight(recipe: Recipe, epochs: float) -> float:
    """Give the weight of the KL divergence after so many epochs."""
    annealed = min(1.0, epochs / recipe.annealing) if recipe.annealing and not recipe.start else 1.0
    return annealed / recipe.augmentation_factor


def _make_step(model: tf_keras.Sequential, recipe: Recipe) -> Step:
    """Compile one step of the optimiser; it returns the batch's summed loss in nats and its number of right answers."""

    @tf.function(reduce_retracing=True)
    def step(x: tf.Tensor, y: tf.Tensor, onehot: tf.Tensor, kl_weight: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            output = model(x, training=True)
            if recipe.loss == "negative_log_likelihood":
                surprise = negative_log_likelihood(onehot, output)
            else:
                surprise = tf_keras.losses.sparse_categorical_crossentropy(y, output)
            loss = tf.reduce_mean(surprise) + kl_weight * sum(model.losses, start=tf.zeros([]))
        variables = model.trainable_variables
        model.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        right = tf.argmax(class_probabilities(output), axis=-1) == y
        count = tf.cast(len(x), tf.float32)
        return loss * count, tf.reduce_sum(tf.cast(right, tf.float32))

    return lambda batch, kl_weight: step(*batch, tf.constant(kl_weight))
