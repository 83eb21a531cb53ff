"""Trains a network: python -m train [--model bayesian] [--epochs N] [--seed 0] [--out runs/bayesian]."""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import numpy as np
import tf_keras

from dataset import Split, load_folder, load_split
from edge_app.options import positive
from models.posterior import digest
from models.read_model import read_posterior
from models.runs import RECORD, Record, load_run, save_run
from train.command import command
from train.errors import TrainError
from train.evaluate import FullModel, evaluate
from train.evaluate.scores import score
from train.fit import Job, resume, start
from train.recipes import RECIPES, Recipe

TEST_SETS = ("MNIST", "MNIST_corrupted")
PASSES = 50


@command("train")
def main(arguments: list[str] | None = None) -> int:
    """Train, evaluate and save as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    folder: Path = options.out or Path("runs") / options.model
    try:
        record = _run(options, folder)
    except KeyboardInterrupt:
        raise TrainError(f"interrupted; whole epochs are kept in {folder}; go on with --resume") from None
    print(_table(record))
    print(f"\nThe run is in {folder}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description="Train a network on MNIST.")
    parser.add_argument("--model", choices=sorted(RECIPES), default="bayesian", help="which network")
    parser.add_argument("--epochs", type=positive, help="passes over the images; default: the recipe's")
    parser.add_argument("--prior", help="of the weights; default: the recipe's")
    parser.add_argument("--learning-rate", type=_share, help="at the first step; default: the recipe's")
    parser.add_argument("--augmented", type=_share, help="share of images redrawn as a camera sees them, 0 for none")
    parser.add_argument("--seed", type=int, default=0, help="of all random numbers")
    parser.add_argument("--holdout", type=int, default=5000, help="last training images kept for calibration")
    parser.add_argument("--out", type=Path, help="the run folder; default: runs/MODEL")
    parser.add_argument("--start", type=Path, metavar="RUN", help="begin with the weights of this run folder")
    parser.add_argument(
        "--extra", type=Path, metavar="FOLDER", help="train on these as well: x_train.npy, y_train.npy of any length"
    )
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


def _recipe(options: argparse.Namespace, extra: Split | None) -> Recipe:
    recipe = RECIPES[options.model]
    chosen = {name: getattr(options, name) for name in ("epochs", "prior", "learning_rate", "augmented")}
    start = digest(load_run(options.start).posterior) if options.start else ""
    if extra is not None:
        recipe = replace(recipe, extra=hashlib.sha256(extra.x.tobytes() + extra.y.tobytes()).hexdigest())
    return replace(recipe, start=start, **{name: value for name, value in chosen.items() if value is not None})


def _run(options: argparse.Namespace, folder: Path) -> Record:
    if (folder / RECORD).exists() and not (options.resume or options.force):
        raise TrainError(f"{folder}: holds a run; choose --resume, --force to start anew, or another --out")
    data = load_split("MNIST", "train")
    extra = load_folder(options.extra) if options.extra else None
    job = Job(
        recipe=_recipe(options, extra),
        data=data if extra is None else _join(extra, data),
        holdout=options.holdout,
        seed=options.seed,
        folder=folder,
        start=options.start,
    )
    model, record = resume(job) if options.resume else start(job)
    metrics = {name: score_run(model, load_split(name, "test"), options.seed) for name in TEST_SETS}
    finished = msgspec.structs.replace(record, finished=True, metrics=metrics)
    return save_run(folder, finished, read_posterior(model))


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
