"""Scores runs on the training images that they held out: python -m train.held_out RUN [RUN ...].

By these figures recipes are chosen, never by test images.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from dataset import Split, load_split
from models.rebuild import rebuild
from models.runs import load_runs
from train.augment import augment
from train.command import command
from train.errors import TrainError
from train.evaluate import Evaluation, evaluate, measure, predict_all
from train.evaluate.full_model import mixture_of
from train.evaluate.held_out_images import take_held_out
from train.outliers import draw_outliers

PASSES: Final = 20
SEED: Final = 0
"""Of the passes, the augmentation and the outliers: every run is scored on the same images."""
OUTLIERS: Final = 2000
"""Images that are no digits, drawn as for training from digits that were held out."""
SURE: Final = 0.96
"""Share of the held-out digits that is least doubted; an outlier that is doubted more has been seen."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Figures of the mean of 20 passes on the held-out images.

    Attributes:
        plain: on the images as they are.
        augmented: on the images augmented as for training.
        outliers_seen: share of images that are no digits whose total entropy exceeds that of 96 % of the plain ones.
    """

    plain: Evaluation
    augmented: Evaluation
    outliers_seen: float


@command("held_out")
def main(arguments: list[str] | None = None) -> int:
    """Evaluate and print as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m train.held_out", description="Score runs on held-out images.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folders")
    options = parser.parse_args(arguments)
    data = load_split("MNIST", "train")
    for folder in options.runs:
        found = evaluate_held_out(folder, data)
        for name, scores in (("as they are", found.plain.scores), ("augmented", found.augmented.scores)):
            print(f"{folder}  {name:<12} accuracy {scores.accuracy:.4f}  NLL {scores.nll:.4f}")
        print(f"{folder}  no digits    doubted {found.outliers_seen:.4f}")
    return 0


def evaluate_held_out(folder: Path, data: Split) -> HeldOut:
    """Evaluate a run, or a mixture of runs, on the images that it held out.

    Args:
        folder: the run's, or that of the mixture's runs, which share the passes evenly.
        data: training images, float32 [N, 28, 28, 1], and labels; see `take_held_out`.

    Raises:
        TrainError: it held none out.
        ModelError: the run cannot be read.
    """
    runs = load_runs(folder)
    run = runs[0]
    if run.record.holdout == 0:
        raise TrainError(f"{folder}: held no image out, so there is nothing to score it on; train with --holdout")
    images, labels, _ = take_held_out(run.record, data)
    rng = np.random.default_rng(SEED)
    redrawn = augment(images, labels, rng)
    strange = draw_outliers(images, OUTLIERS, rng)
    model = mixture_of([rebuild(run) for run in runs], PASSES, SEED)
    plain = predict_all(model, images)
    seen = predict_all(model, strange).total_bits > np.quantile(plain.total_bits, SURE)
    return HeldOut(measure(plain, labels), evaluate(model, redrawn, labels), float(seen.mean()))


if __name__ == "__main__":
    sys.exit(main())
