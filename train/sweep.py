"""Tries recipes with several seeds each: python -m train.sweep --vary outliers=0,0.12 [--vary ...] [--seeds 3].

Every run is a run folder, which keeps its figures too; what is finished is not repeated. The table holds the figures on
held-out images, by which recipes are chosen, and their spread between seeds: a difference within the spread says
nothing.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import tf_keras
from tqdm import tqdm

from edge_app.jobs import HERE, Place, add_place_options, place_of, run_jobs
from edge_app.options import positive
from edge_app.runtime.files import read_whole, write_json, write_whole
from models.runs import RECORD, Record, read_record
from train.command import command
from train.errors import DivergedError, TrainError
from train.evaluate.full_model import FullModel
from train.fit import Job, complete
from train.held_out import evaluate_held_out
from train.recipes import RECIPES, Recipe
from train.teacher import identify
from train.training import Training, make_job, train
from train.trials import FIGURES, LARGEST, TABLE, Findings, Settings, Trial, describe, tabulate
from train.varied import vary

IMAGES: Final = 60_000
PART: Final = 12
"""One in so many training images is held out."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep tries.

    Attributes:
        recipe: the settings that are not varied.
        variations: settings by name; each is trained with each seed.
        seeds: of the trainings.
        folder: of the run folders; runs that are finished there are scored and not repeated.
        images: how many training images there are, the first ones; a twelfth of them is held out. None for all.
        rungs: after so many epochs the worse half of the variations is given up (successive halving, Jamieson and
            Talwalkar 2016, arXiv 1502.07943), by the mean over seeds of the held-out NLL.
        teacher: the run folder of the network that all learn from, too; see `train.teacher`.
    """

    recipe: Recipe
    variations: Sequence[Settings]
    seeds: range
    folder: Path
    images: int | None = None
    rungs: Sequence[int] = ()
    teacher: Path | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A trial, as it is kept in the run's folder, and what it is of: a run that has gone on cannot be scored again."""

    recipe: Recipe
    images: int | None
    trial: Trial


@command("sweep")
def main(arguments: list[str] | None = None) -> int:
    """Train, score and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    teacher = options.teacher.absolute() if options.teacher else None
    recipe = replace(
        RECIPES[options.model], teacher=identify(teacher), **({"epochs": options.epochs} if options.epochs else {})
    )
    variations = vary(recipe, options.vary)
    folder = options.out.absolute()
    wanted = Sweep(recipe, variations, range(options.seeds), folder, options.images, sorted(options.rung), teacher)
    try:
        trials = sweep(wanted, place_of(options))
    except KeyboardInterrupt:
        raise TrainError(
            f"interrupted; whole epochs are kept in {folder}; the same command goes on from there"
        ) from None
    found = Findings(recipe, options.images, tuple(wanted.rungs), tuple(trials))
    write_json(folder / FIGURES, found)
    write_whole(folder / TABLE, f"{describe(found)}\n\n{tabulate(trials)}\n".encode())
    print(tabulate(trials))
    return 0


def sweep(wanted: Sweep, place: Place = HERE) -> list[Trial]:
    """Train each variation of a recipe with each seed, and score it on the images that were held out.

    Args:
        wanted: what is tried.
        place: where the trainings run.

    Returns:
        A trial for each variation and seed, in order; those that were given up have fewer epochs.

    Raises:
        TrainError: a run folder there was made with other settings, or there are no such images or rungs.
        ModelError: a run folder cannot be written or read.
        DataError: MNIST cannot be read.
    """
    _require_possible(wanted)
    going = list(range(len(wanted.variations)))
    trials: dict[tuple[int, int], Trial] = {}
    for until in (*wanted.rungs, None):
        every = [(variation, seed) for variation in going for seed in wanted.seeds]
        attempts = [key for key in every if key not in trials or trials[key].nll is not None]
        trainings = [_training(wanted, variation, seed, until) for variation, seed in attempts]
        done = tqdm(run_jobs(try_out, trainings, place), total=len(trainings), unit="run", disable=None)
        for index, trial in done:
            trials[attempts[index]] = replace(trial, changed=wanted.variations[attempts[index][0]])
        if until is not None:
            going = _better_half(going, trials)
    return [trials[key] for key in sorted(trials)]


def _require_possible(wanted: Sweep) -> None:
    if wanted.images is not None and not PART <= wanted.images <= IMAGES:
        raise TrainError(
            f"--images: found {wanted.images:,}, expected {PART} to {IMAGES:,}, of which one in {PART} is held out"
        )
    if len(set(wanted.rungs)) < len(wanted.rungs):
        raise TrainError(f"--rung: found {', '.join(map(str, wanted.rungs))}, expected each once; leave one out")
    epochs = min(_recipe(wanted, changed).epochs for changed in wanted.variations)
    if wanted.rungs and max(wanted.rungs) >= epochs:
        raise TrainError(f"--rung: found {max(wanted.rungs)}, expected less than the {epochs} epochs of a training")


def _recipe(wanted: Sweep, changed: Settings) -> Recipe:
    return replace(wanted.recipe, **changed)  # type: ignore[arg-type]


def _training(wanted: Sweep, variation: int, seed: int, until: int | None) -> Training:
    changed = wanted.variations[variation]
    recipe = _recipe(wanted, changed)
    name = "-".join([recipe.model, *(f"{key}-{value}" for key, value in changed.items()), f"seed-{seed}"])
    holdout = (wanted.images or IMAGES) // PART
    return Training(recipe, seed, wanted.folder / name, holdout, wanted.images, until=until, teacher=wanted.teacher)


def try_out(training: Training) -> Trial:
    """Train a network and score it on the images that it held out, in whatever process; see `sweep`.

    What was tried already is not tried again.
    """
    path = training.folder / f"held-out-{training.until or training.recipe.epochs}.json"
    kept = _read_kept(path)
    if kept and (kept.recipe, kept.images, kept.trial.seed) == (training.recipe, training.images, training.seed):
        return kept.trial
    try:
        trial = _train_and_score(training)
    except DivergedError:
        past = read_record(training.folder).epochs if (training.folder / RECORD).exists() else ()
        trial = Trial({}, training.seed, len(past), None, None, None, None, sum(epoch.seconds for epoch in past))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, Kept(training.recipe, training.images, trial))
    return trial


def _read_kept(path: Path) -> Kept | None:
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(read_whole(path, LARGEST, "remove it"), type=Kept)
    except msgspec.DecodeError as error:
        raise TrainError(f"{path}: holds no figures of a sweep ({error}); remove the run's folder") from None


def _train_and_score(training: Training) -> Trial:
    record = train(training, _fit)
    found = evaluate_held_out(training.folder, make_job(training).data)
    return Trial(
        changed={},
        seed=training.seed,
        epochs=len(record.epochs),
        nll=found.plain.scores.nll,
        augmented_nll=found.augmented.scores.nll,
        accuracy=found.plain.scores.accuracy,
        outliers_seen=found.outliers_seen,
        seconds=sum(epoch.seconds for epoch in record.epochs),
    )


def _fit(job: Job) -> tuple[tf_keras.Sequential, Record]:
    """Train as far as is asked, and make sure that the network is there and still says something."""
    model, record = complete(job)
    if job.until and len(record.epochs) > job.until:
        raise TrainError(
            f"{job.folder}: has {len(record.epochs)} epochs, expected {job.until}, for its figures then were not "
            f"kept; leave out --rung {job.until}, or choose another --out"
        )
    if not np.isfinite(FullModel(model, 1, job.seed).probabilities(job.data.x[-job.holdout :])).all():
        raise DivergedError(f"{job.folder}: the network's probabilities are no numbers; choose a lower learning rate")
    return model, record


def _better_half(going: Sequence[int], trials: dict[tuple[int, int], Trial]) -> list[int]:
    means = {
        variation: statistics.fmean(
            math.inf if trial.nll is None else trial.nll for key, trial in trials.items() if key[0] == variation
        )
        for variation in going
    }
    return sorted(sorted(going, key=lambda variation: means[variation])[: -(-len(going) // 2)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.sweep", description="Try recipes with several seeds each, on held-out images."
    )
    parser.add_argument("--model", choices=RECIPES, default="lenet")
    parser.add_argument("--vary", action="append", default=[], metavar="NAME=VALUE,...", help="a setting of the recipe")
    parser.add_argument("--seeds", type=positive, default=3, help="trainings of each variation; default: 3")
    parser.add_argument("--epochs", type=positive, help="of every training, in place of the recipe's")
    parser.add_argument(
        "--rung", type=positive, action="append", default=[], metavar="EPOCHS", help="give up the worse half then"
    )
    parser.add_argument("--images", type=positive, help="use the first training images only")
    parser.add_argument("--teacher", type=Path, metavar="RUN", help="all learn from what this run's network says, too")
    parser.add_argument("--out", type=Path, default=Path("runs/sweep"), help="folder of runs and table")
    add_place_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
