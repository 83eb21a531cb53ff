"""Tries recipes with several seeds each: python -m train.sweep --vary outliers=0,0.12 [--vary ...] [--seeds 3].

Every run is a run folder; what is finished is not repeated. The table holds the figures on held-out images, by which
recipes are chosen, and their spread between seeds: a difference within the spread says nothing.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import sys
import typing
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tqdm import tqdm

from edge_app.jobs import HERE, Place, add_place_options, place_of, run_jobs
from edge_app.options import positive
from edge_app.runtime.files import write_json, write_whole
from train.command import command
from train.errors import TrainError
from train.held_out import evaluate_held_out
from train.recipes import RECIPES, Recipe
from train.teacher import identify
from train.training import Training, make_job, train
from train.trials import FIGURES, TABLE, Findings, Settings, Trial, describe, tabulate


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


def vary(recipe: Recipe, settings: Sequence[str]) -> list[Settings]:
    """Combine settings in every way.

    Args:
        recipe: what they are settings of.
        settings: each the name of one and its values, as in `outliers=0,0.12`.

    Raises:
        TrainError: there is no such setting, or a value is none of its type or below 0.
    """
    kinds = typing.get_type_hints(Recipe)
    axes = []
    for setting in settings:
        name, _, values = setting.partition("=")
        if name not in asdict(recipe) or not values:
            raise TrainError(f"--vary: found {setting!r}, expected NAME=VALUE,VALUE with NAME of {', '.join(kinds)}")
        known = typing.get_args(kinds[name])
        if known and not set(values.split(",")) <= set(known):
            raise TrainError(f"--vary: found {setting!r}, expected values of {', '.join(known)}")
        kind = kinds[name] if kinds[name] in (int, float) else str
        try:
            axis = [(name, kind(value)) for value in values.split(",")]
        except ValueError:
            raise TrainError(f"--vary: found {setting!r}, expected values of type {kind.__name__}") from None
        if any(not isinstance(value, str) and not 0 <= value < math.inf for _, value in axis):
            raise TrainError(f"--vary: found {setting!r}, expected numbers of at least 0")
        axes.append(axis)
    return [dict(chosen) for chosen in itertools.product(*axes)]


def sweep(wanted: Sweep, place: Place = HERE) -> list[Trial]:
    """Train each variation of a recipe with each seed, and score it on the images that were held out.

    Args:
        wanted: what is tried.
        place: where the trainings run.

    Returns:
        A trial for each variation and seed, in order; those that were given up have fewer epochs.

    Raises:
        TrainError: a run folder there was made with other settings.
        ModelError: a run folder cannot be written or read.
        DataError: MNIST cannot be read.
    """
    going = list(range(len(wanted.variations)))
    trials: dict[tuple[int, int], Trial] = {}
    for until in (*wanted.rungs, None):
        attempts = [(variation, seed) for variation in going for seed in wanted.seeds]
        trainings = [_training(wanted, variation, seed, until) for variation, seed in attempts]
        done = tqdm(run_jobs(try_out, trainings, place), total=len(trainings), unit="run", disable=None)
        for index, trial in done:
            trials[attempts[index]] = replace(trial, changed=wanted.variations[attempts[index][0]])
        if until is not None:
            going = _better_half(going, trials)
    return [trials[key] for key in sorted(trials)]


def _training(wanted: Sweep, variation: int, seed: int, until: int | None) -> Training:
    changed = wanted.variations[variation]
    recipe = replace(wanted.recipe, **changed)  # type: ignore[arg-type]
    name = "-".join([recipe.model, *(f"{key}-{value}" for key, value in changed.items()), f"seed-{seed}"])
    images = 60_000 if wanted.images is None else wanted.images
    return Training(
        recipe, seed, wanted.folder / name, images // 12, wanted.images, until=until, teacher=wanted.teacher
    )


def try_out(training: Training) -> Trial:
    """Train a network and score it on the images that it held out, in whatever process; see `sweep`."""
    record = train(training)
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


def _better_half(going: Sequence[int], trials: dict[tuple[int, int], Trial]) -> list[int]:
    means = {
        variation: statistics.fmean(trial.nll for key, trial in trials.items() if key[0] == variation)
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
