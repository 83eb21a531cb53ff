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

from dataset import DataError, Split, load_split
from edge_app.scores import Scores, score
from models.errors import ModelError
from models.predictive import sample_probabilities
from models.rebuild import rebuild
from models.runs import load_run
from train.augment import augment
from train.errors import TrainError

PASSES: Final = 20
SEED: Final = 0
"""Of the passes and of the augmentation: every run is scored on the same images."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of the mean of 20 passes on the held-out images, as they are and augmented."""

    plain: Scores
    augmented: Scores


def main(arguments: list[str] | None = None) -> int:
    """Score and print as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m train.held_out", description="Score runs on held-out images.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folders")
    try:
        data = load_split("MNIST", "train")
        for folder in parser.parse_args(arguments).runs:
            found = score_held_out(folder, data)
            for name, scores in (("as they are", found.plain), ("augmented", found.augmented)):
                print(f"{folder}  {name:<12} accuracy {scores.accuracy:.4f}  NLL {scores.nll:.4f}")
    except (DataError, ModelError, TrainError) as error:
        print(f"held_out: {error}", file=sys.stderr)
        return 1
    return 0


def score_held_out(folder: Path, data: Split) -> HeldOut:
    """Score a run on the images that it held out.

    Args:
        folder: the run's.
        data: the training images that it was given, float32 [N, 28, 28, 1], and labels.

    Raises:
        TrainError: it held none out.
        ModelError: the run cannot be read.
    """
    run = load_run(folder)
    if run.record.holdout == 0:
        raise TrainError(f"{folder}: held no image out, so there is nothing to score it on; train with --holdout")
    images, labels = data.x[-run.record.holdout :], data.y[-run.record.holdout :]
    redrawn = augment(images, labels, np.random.default_rng(SEED))
    model = rebuild(run)
    plain, augmented = (
        score(sample_probabilities(model, x, PASSES, SEED).mean(axis=1), labels) for x in (images, redrawn)
    )
    return HeldOut(plain, augmented)


if __name__ == "__main__":
    sys.exit(main())
