"""Measures what a bundle's warning promises: python -m train.promise [--bundle DIR] [--photos DIR] [--json FILE]."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from dataset import DataError, corruptions, load_split
from edge_app.commands.parser import positive
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.prediction import Predictions
from train.errors import TrainError
from train.json_file import write_json
from train.kept import Kept, keep
from train.not_digits import draw_not_digits
from train.photographs import read_photographs

DRAWN: Final = 500
"""Images of each sort that is no digit."""


@dataclass(frozen=True, slots=True)
class Refused:
    """How images that are no digits are met: shares that carry a warning, and that are called unfamiliar by it."""

    sort: str
    images: int
    warned: float
    unfamiliar: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured."""

    bundle: str
    threshold_bits: float
    digits: tuple[Kept, ...]
    not_digits: tuple[Refused, ...]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        report = measure(options.bundle, options.photos, options.limit)
        if options.json:
            write_json(options.json, report)
    except (DataError, EdgeError, TrainError) as error:
        print(f"promise: {error}", file=sys.stderr)
        return 1
    print(_table(report))
    return 0


def measure(bundle: Path, photographs: Path | None, limit: int | None) -> Report:
    """Run a bundle on MNIST, its corruptions, photographs if there are any, and images that are no digits.

    Args:
        bundle: the bundle's folder.
        photographs: a folder as `read_photographs` takes it.
        limit: how many images of each data set, the first ones; None for all.

    Raises:
        DataError: a data set cannot be read.
        EdgeError: the bundle cannot be read.
        TrainError: the photographs cannot be read.
    """
    classifier = Classifier(load_bundle(bundle))
    names = ["MNIST", *(f"MNIST_corrupted/{name}" for name in corruptions.NAMES if name != "identity")]
    kept = []
    for name in names:
        print(f"promise: {name}", file=sys.stderr, flush=True)
        data = load_split(name, "test")
        labels = data.y[:limit]
        kept.append(keep(name, classifier.classify_batch(data.x[:limit]), labels))
    if photographs is not None:
        found = read_photographs(photographs)
        kept.append(keep("photographs", classifier.classify_batch(found.images), found.labels))
    refused = [
        refuse(sort, classifier.classify_batch(images))
        for sort, images in draw_not_digits(load_split("MNIST", "test").x, DRAWN, seed=0).items()
    ]
    return Report(str(bundle), classifier.manifest.warning.threshold_bits, tuple(kept), tuple(refused))


def refuse(sort: str, prediction: Predictions) -> Refused:
    """Count the warnings among predictions of images that are no digits, a batch."""
    unfamiliar = prediction.unsure & prediction.unfamiliar
    return Refused(sort, len(prediction.unsure), float(prediction.unsure.mean()), float(unfamiliar.mean()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.promise", description="Measure what is left of a bundle's promise where."
    )
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="default: the shipped one")
    parser.add_argument("--photos", type=Path, help="a folder with labels.csv (file,label) and crops/")
    parser.add_argument("--limit", type=positive, help="use the first images of each data set only")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    return parser


def _table(report: Report) -> str:
    lines = [f"{report.bundle}: warns above {report.threshold_bits:.3f} bits", ""]
    lines += [f"{'digits':<32}{'images':>7}{'accuracy':>10}{'coverage':>10}{'warned':>8}{'error unwarned':>16}"]
    lines += [
        f"{row.data:<32}{row.images:>7,}{row.accuracy:>10.4f}{row.coverage:>10.4f}{row.warned:>8.1%}"
        f"{row.unwarned_error:>9.2%} ({row.unwarned_errors:,})"
        for row in report.digits
    ]
    corrupted = [row.accuracy for row in report.digits if row.data.startswith("MNIST_corrupted/")]
    lines += [f"{'mean of the corruptions':<39}{np.mean(corrupted):>10.4f}", ""]
    lines += [f"{'no digits':<32}{'images':>7}{'warned':>10}{'as unfamiliar':>15}"]
    lines += [f"{row.sort:<32}{row.images:>7,}{row.warned:>10.1%}{row.unfamiliar:>15.1%}" for row in report.not_digits]
    warned = np.mean([row.warned for row in report.not_digits])
    return "\n".join([*lines, f"{'mean':<39}{warned:>10.1%}"])


if __name__ == "__main__":
    sys.exit(main())
