"""Tries recipes with several seeds each: python -m train.sweep --vary outliers=0,0.12 [--vary ...] [--seeds 3].

Every run is a run folder; what is finished is not repeated. The table holds the figures on held-out images, by which
recipes are chosen, and their spread between seeds: a difference within the spread says nothing.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import typing
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from dataset import Split, load_split
from edge_app.options import positive
from edge_app.runtime.files import write_json, write_whole
from models.read_model import read_posterior
from models.runs import RECORD, load_run, save_run
from train.command import command
from train.errors import TrainError
from train.fit import Job, start
from train.held_out import evaluate_held_out
from train.recipes import RECIPES, Recipe

TABLE = "sweep.md"
FIGURES = "sweep.json"


@dataclass(frozen=True, slots=True)
class Trial:
    """One training of a sweep and its figures on held-out images; NLL in nats, time in seconds.

    Attributes:
        changed: the settings that differ from the recipe, by name.
        seed: of the training.
        nll: on the images as they are.
        augmented_nll: on the images augmented as for training.
        accuracy: on the images as they are.
        outliers_seen: share of images that are no digits that is doubted; see `train.held_out.HeldOut`.
        seconds: that the training took.
    """

    changed: dict[str, str | int | float]
    seed: int
    nll: float
    augmented_nll: float
    accuracy: float
    outliers_seen: float
    seconds: float


@command("sweep")
def main(arguments: list[str] | None = None) -> int:
    """Train, score and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    recipe = replace(RECIPES[options.model], **({"epochs": options.epochs} if options.epochs else {}))
    variations = vary(recipe, options.vary)
    trials = sweep(recipe, variations, range(options.seeds), data=_data(options), out=options.out)
    write_json(options.out / FIGURES, trials)
    table = tabulate(trials)
    write_whole(options.out / TABLE, f"{table}\n".encode())
    print(table)
    return 0


def vary(recipe: Recipe, settings: Sequence[str]) -> list[dict[str, str | int | float]]:
    """Combine settings in every way.

    Args:
        recipe: what they are settings of.
        settings: each the name of one and its values, as in `outliers=0,0.12`.

    Raises:
        TrainError: there is no such setting, or a value is none of its type.
    """
    kinds = typing.get_type_hints(Recipe)
    axes = []
    for setting in settings:
        name, _, values = setting.partition("=")
        if name not in asdict(recipe) or not values:
            raise TrainError(f"--vary: found {setting!r}, expected NAME=VALUE,VALUE with NAME of {', '.join(kinds)}")
        kind = kinds[name] if kinds[name] in (int, float) else str
        try:
            axes.append([(name, kind(value)) for value in values.split(",")])
        except ValueError:
            raise TrainError(f"--vary: found {setting!r}, expected values of type {kind.__name__}") from None
    return [dict(chosen) for chosen in itertools.product(*axes)]


def sweep(
    recipe: Recipe, variations: Sequence[dict[str, str | int | float]], seeds: range, *, data: Split, out: Path
) -> list[Trial]:
    """Train each variation of a recipe with each seed, a twelfth of the images held out, and score it on these.

    Args:
        recipe: the settings that are not varied.
        variations: settings by name.
        seeds: of the trainings.
        data: the training images, float32 [N, 28, 28, 1], and labels.
        out: a folder for the run folders; runs that are finished there are scored and not repeated.

    Raises:
        TrainError: a run folder there was made with other settings.
        ModelError: a run folder cannot be written or read.
    """
    trials = []
    for changed, seed in itertools.product(variations, seeds):
        name = "-".join([recipe.model, *(f"{key}-{value}" for key, value in changed.items()), f"seed-{seed}"])
        job = Job(replace(recipe, **changed), data, len(data.x) // 12, seed, out / name)  # type: ignore[arg-type]
        print(f"sweep: {name}", file=sys.stderr, flush=True)
        trials.append(_try(job, changed))
    return trials


def _try(job: Job, changed: dict[str, str | int | float]) -> Trial:
    if (job.folder / RECORD).exists() and (run := load_run(job.folder)).record.finished:
        record = run.record
        if (record.recipe, record.seed, record.rows) != (asdict(job.recipe), job.seed, job.rows):
            raise TrainError(f"{job.folder}: was trained with other settings; choose another --out")
    else:
        model, record = start(job)
        record = save_run(job.folder, msgspec.structs.replace(record, finished=True), read_posterior(model))
    found = evaluate_held_out(job.folder, job.data)
    return Trial(
        changed=changed,
        seed=job.seed,
        nll=found.plain.scores.nll,
        augmented_nll=found.augmented.scores.nll,
        accuracy=found.plain.scores.accuracy,
        outliers_seen=found.outliers_seen,
        seconds=sum(epoch.seconds for epoch in record.epochs),
    )


def tabulate(trials: Sequence[Trial]) -> str:
    """Write the trials as a table in Markdown: a line a trial, then mean and standard deviation a variation."""
    columns = ("nll", "augmented_nll", "accuracy", "outliers_seen", "seconds")
    lines = ["| settings | seed | NLL | NLL augmented | accuracy | no digits doubted | seconds |", "|---" * 7 + "|"]
    for _, group in itertools.groupby(trials, key=lambda trial: trial.changed):
        same = list(group)
        settings = ", ".join(f"{name} {value}" for name, value in same[0].changed.items()) or "as they are"
        rows = [(str(trial.seed), [getattr(trial, column) for column in columns]) for trial in same]
        if len(same) > 1:
            figures = list(zip(*(values for _, values in rows), strict=True))
            rows += [("mean", [statistics.fmean(values) for values in figures])]
            rows += [("deviation", [statistics.stdev(values) for values in figures])]
        lines += [f"| {settings} | {seed} | " + " | ".join(f"{value:.4f}" for value in v) + " |" for seed, v in rows]
    return "\n".join(lines)


def _data(options: argparse.Namespace) -> Split:
    data = load_split("MNIST", "train")
    part = slice(options.images)
    return Split(data.x[part], data.y[part], data.onehot[part])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.sweep", description="Try recipes with several seeds each, on held-out images."
    )
    parser.add_argument("--model", choices=RECIPES, default="lenet")
    parser.add_argument("--vary", action="append", default=[], metavar="NAME=VALUE,...", help="a setting of the recipe")
    parser.add_argument("--seeds", type=positive, default=3, help="trainings of each variation; default: 3")
    parser.add_argument("--epochs", type=positive, help="of every training, in place of the recipe's")
    parser.add_argument("--images", type=positive, help="use the first training images only")
    parser.add_argument("--out", type=Path, default=Path("runs/sweep"), help="folder of runs and table")
    return parser


if __name__ == "__main__":
    sys.exit(main())
