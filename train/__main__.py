"""Trains a network: python -m train [--model bayesian] [--epochs N] [--seed 0] [--seeds 1] [--out runs/bayesian]."""

from __future__ import annotations

import argparse
import hashlib
import sys
import typing
from dataclasses import replace
from pathlib import Path
from typing import Final

from tqdm import tqdm

from dataset import Split, load_folder
from edge_app.jobs import HERE, add_place_options, place_of, run_jobs
from edge_app.options import positive
from models.runs import RECORD, Record
from train.command import command
from train.errors import TrainError
from train.fit import prepare, resume, start
from train.recipes import RECIPES, Precision, Recipe
from train.teacher import identify
from train.training import PASSES, Training, make_job, train

SEEDS: Final = 2**31
"""Seeds there are: TensorFlow and NumPy take these, and a resumed run's, which is larger by its epochs."""


@command("train")
def main(arguments: list[str] | None = None) -> int:
    """Train, evaluate and save as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    folder: Path = options.out or Path("runs") / options.model
    try:
        records = _run(options, folder)
    except KeyboardInterrupt:
        raise TrainError(f"interrupted; whole epochs are kept in {folder}; go on with --resume") from None
    print("\n\n".join(map(_table, records)))
    print(f"\n{'The run is' if len(records) == 1 else 'The runs are'} in {folder}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description="Train a network on MNIST.")
    parser.add_argument("--model", choices=sorted(RECIPES), default="bayesian", help="which network")
    parser.add_argument("--epochs", type=positive, help="passes over the images; default: the recipe's")
    parser.add_argument("--prior", help="of the weights; default: the recipe's")
    parser.add_argument("--learning-rate", type=_share, help="at the first step; default: the recipe's")
    parser.add_argument(
        "--precision", choices=typing.get_args(Precision), help="of products in training; default: the recipe's"
    )
    parser.add_argument("--augmented", type=_share, help="share of images redrawn as a camera sees them, 0 for none")
    parser.add_argument("--seed", type=_seed, default=0, help="of all random numbers")
    parser.add_argument(
        "--seeds", type=positive, default=1, metavar="M", help="train M networks, a mixture of posteriors: RUN/seed-*"
    )
    parser.add_argument("--images", type=positive, help="use the first training images only")
    parser.add_argument("--holdout", type=int, default=5000, help="last training images kept for calibration")
    parser.add_argument("--out", type=Path, help="the run folder; default: runs/MODEL")
    parser.add_argument("--start", type=Path, metavar="RUN", help="begin with the weights of this run folder")
    parser.add_argument("--teacher", type=Path, metavar="RUN", help="learn from what this run's network says, too")
    parser.add_argument(
        "--extra", type=Path, metavar="FOLDER", help="train on these as well: x_train.npy, y_train.npy of any length"
    )
    add_place_options(parser)
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--resume", action="store_true", help="go on after an interruption")
    existing.add_argument("--force", action="store_true", help="start anew over an existing run")
    return parser


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number from 0 to 1")
    return share


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= SEEDS:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 0 to {SEEDS - 1:,}")
    return int(text)


def _recipe(options: argparse.Namespace, extra: Split | None) -> Recipe:
    recipe = RECIPES[options.model]
    chosen = {name: getattr(options, name) for name in ("epochs", "prior", "learning_rate", "precision", "augmented")}
    if extra is not None:
        recipe = replace(recipe, extra=hashlib.sha256(extra.x.tobytes() + extra.y.tobytes()).hexdigest())
    recipe = replace(recipe, start=identify(options.start), teacher=identify(options.teacher))
    return replace(recipe, **{name: value for name, value in chosen.items() if value is not None})


def _run(options: argparse.Namespace, folder: Path) -> list[Record]:
    """Train one network in the folder, or each of a mixture's in a folder of its own there."""
    place, trainings = place_of(options), _trainings(options, folder.absolute())
    runs = [path for path in (folder, *(training.folder for training in trainings)) if (path / RECORD).exists()]
    if folder in runs and len(trainings) > 1:
        raise TrainError(f"{folder}: holds a run; a mixture's need a folder of their own, choose another --out")
    if runs and not (options.resume or options.force):
        raise TrainError(f"{runs[0]}: holds a run; choose --resume, --force to start anew, or another --out")
    own = {training.folder for training in trainings}
    others = sorted(path.parent for path in folder.absolute().glob(f"*/{RECORD}") if path.parent not in own)
    if others and (options.force or len(trainings) == 1):
        raise TrainError(f"{others[0]}: holds a run of another mixture; remove it, or choose another --out")
    if len(trainings) == 1 and place == HERE:
        return [train(trainings[0], resume if options.resume else start)]
    if options.force:
        _start_over(trainings, runs)
    done = tqdm(run_jobs(train, trainings, place), total=len(trainings), unit="run", disable=None)
    return [record for _, record in sorted(done, key=lambda pair: pair[0])]


def _start_over(trainings: list[Training], runs: list[Path]) -> None:
    """Forget runs, once it is clear that new ones can take their place."""
    first = trainings[0]
    for source in (first.start, first.teacher):
        if source is not None and source.resolve() in [run.resolve() for run in runs]:
            raise TrainError(f"{source}: is to be learned from, and --force would start it anew; choose another --out")
    prepare(make_job(first))
    for run in runs:
        (run / RECORD).unlink()  # not by the worker: one that takes over from a lost one must go on, not start anew


def _trainings(options: argparse.Namespace, folder: Path) -> list[Training]:
    seeds = range(options.seed, options.seed + options.seeds)
    folders = [folder / f"seed-{seed}" for seed in seeds] if options.seeds > 1 else [folder]
    recipe = _recipe(options, load_folder(options.extra) if options.extra else None)
    extra, teacher = (path.absolute() if path else None for path in (options.extra, options.teacher))
    return [
        Training(recipe, seed, own, options.holdout, options.images, options.start, extra, None, teacher)
        for seed, own in zip(seeds, folders, strict=True)
    ]


def _table(record: Record) -> str:
    seconds = sum(epoch.seconds for epoch in record.epochs)
    lines = [f"{record.model}: {len(record.epochs)} epochs over {record.rows:,} images in {seconds:.0f} s", ""]
    lines += [f"{'test set':<18}{'reading':<14}{'accuracy':>9}{'NLL':>8}{'Brier':>8}{'ECE':>8}"]
    for name, metrics in record.metrics.items():
        stochastic = "one_pass_accuracy" in metrics
        readings = [("one_pass_", "one pass"), ("", f"mean of {PASSES}")] if stochastic else [("", "the network")]
        for prefix, reading in readings:
            figures = [metrics[prefix + key] for key in ("accuracy", "nll", "brier", "ece")]
            lines += [f"{name:<18}{reading:<14}{figures[0]:>9.4f}" + "".join(f"{x:>8.4f}" for x in figures[1:])]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
