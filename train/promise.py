"""Measures what a bundle's warning promises: python -m train.promise [--bundle DIR] [--photos DIR] [--json FILE]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from statistics import fmean
from typing import Final

from tqdm import tqdm

from dataset import corruptions, load_folder, load_split
from edge_app.jobs import HERE, Place, add_place_options, place_of
from edge_app.options import DEFAULT_BUNDLE, positive
from edge_app.runtime.files import write_json
from edge_app.runtime.prediction import Predictions
from train.augment import RESEMBLED
from train.command import command
from train.evaluate import Counts, Evaluation, evaluate, predict_all
from train.evaluate.kept import add_keep_option, going_on, run_kept
from train.evaluate.photographs import read_photographs
from train.evaluate.pinned import PinnedBundle
from train.not_digits import draw_not_digits

CLEAN: Final = "MNIST"
CORRUPTED: Final = "MNIST_corrupted"
DRAWN: Final = 500
"""Images of each sort that is no digit."""


@dataclass(frozen=True, slots=True)
class Warnings:
    """Warnings on images of one sort that are no digits: how many images, and the shares warned of.

    Attributes:
        images: how many.
        warned: share that carries a warning.
        unfamiliar: share that is warned of as unfamiliar.
    """

    images: int
    warned: float
    unfamiliar: float


@dataclass(frozen=True, slots=True)
class PromiseFigures:
    """What is left of a bundle's promise.

    Attributes:
        bundle: its folder.
        threshold_bits: total entropy above which it warns.
        clean: on MNIST's test images.
        corrupted: on the same images, by corruption.
        photographs: of single digits; None without any.
        extra: on a data set of one's own; None without any.
        not_digits: by sort of image.
    """

    bundle: str
    threshold_bits: float
    clean: Evaluation
    corrupted: dict[str, Evaluation]
    photographs: Evaluation | None
    extra: Evaluation | None
    not_digits: dict[str, Warnings]


@command("promise")
def main(arguments: list[str] | None = None) -> int:
    """Measure and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    own = (options.bundle, options.photos, options.limit, options.extra)
    with going_on(options.keep):
        figures = measure_promise(*own, place=place_of(options), keep=options.keep)
    if options.json:
        write_json(options.json, figures)
    print(_table(figures))
    return 0


@dataclass(frozen=True, slots=True)
class TestSet:
    """One data set to evaluate a bundle on.

    Attributes:
        bundle: which one.
        name: of the data set.
        limit: how many of its images, the first ones; None for all.
    """

    bundle: PinnedBundle
    name: str
    limit: int | None


def measure_promise(
    bundle: Path,
    photographs: Path | None,
    limit: int | None,
    extra: Path | None = None,
    *,
    place: Place = HERE,
    keep: Path | None = None,
) -> PromiseFigures:
    """Run a bundle on MNIST, its corruptions, photographs if there are any, and images that are no digits.

    Args:
        bundle: the bundle's folder.
        photographs: a folder as `read_photographs` takes it.
        limit: how many images of each data set, the first ones; None for all.
        extra: a folder as `load_folder` takes it, such as corrections from the live page; None for none.
        place: where data sets are evaluated, each a job of its own.
        keep: folder in which what came of them is kept, and looked for first; None for none.

    Raises:
        DataError: a data set cannot be read.
        EdgeError: the bundle cannot be read.
        TrainError: the photographs cannot be read, or the bundle is replaced meanwhile.
    """
    pinned = PinnedBundle.at(bundle)
    classifier = pinned.open()
    thresholds = classifier.manifest.thresholds
    photographed = None
    if photographs is not None:
        found = read_photographs(photographs)
        photographed = evaluate(classifier, found.images, found.labels, thresholds)

    own = None if extra is None else load_folder(extra)
    names = [name for name in corruptions.NAMES if name != "identity"]
    sets = [TestSet(pinned, name, limit) for name in (CLEAN, *(f"{CORRUPTED}/{name}" for name in names))]
    done = dict(tqdm(run_kept(evaluate_test, sets, place, keep), total=len(sets), unit="data set", disable=None))
    not_digits = {
        sort: count_warnings(predict_all(classifier, images, thresholds))
        for sort, images in draw_not_digits(load_split(CLEAN, "test").x, DRAWN, seed=0).items()
    }
    return PromiseFigures(
        bundle=str(bundle),
        threshold_bits=thresholds.entropy_bits,
        clean=done[0],
        corrupted={name: done[number] for number, name in enumerate(names, start=1)},
        photographs=photographed,
        extra=None if own is None else evaluate(classifier, own.x, own.y, thresholds),
        not_digits=not_digits,
    )


def evaluate_test(wanted: TestSet) -> Evaluation:
    """Evaluate a bundle on a data set, in whatever process.

    Raises:
        DataError: the data set cannot be read.
        EdgeError: the bundle cannot be read.
        TrainError: this process finds another one there.
    """
    classifier = wanted.bundle.open()
    data, part = load_split(wanted.name, "test"), slice(wanted.limit)
    return evaluate(classifier, data.x[part], data.y[part], classifier.manifest.thresholds)


def count_warnings(predictions: Predictions) -> Warnings:
    """Count the warnings among the predictions of a batch."""
    unfamiliar = predictions.unsure & predictions.unfamiliar
    return Warnings(len(predictions.unsure), float(predictions.unsure.mean()), float(unfamiliar.mean()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.promise", description="Measure what is left of a bundle's promise where."
    )
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="default: the shipped one")
    parser.add_argument("--photos", type=Path, help="a folder with labels.csv (file,label) and crops/")
    parser.add_argument("--extra", type=Path, metavar="FOLDER", help="x_train.npy and y_train.npy of your own")
    parser.add_argument("--limit", type=positive, help="use the first images of each data set only")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    add_keep_option(parser)
    add_place_options(parser)
    return parser


def _table(figures: PromiseFigures) -> str:
    lines = [f"{figures.bundle}: warns above {figures.threshold_bits:.3f} bits", ""]
    head = f"{'digits':<32}{'images':>7}{'accuracy':>10}{'NLL':>8}{'ECE':>8}{'AUROC':>8}{'coverage':>10}"
    lines += [f"{head}{'warned':>8}{'error unwarned':>16}"]
    lines += [_row(CLEAN, figures.clean)]
    lines += [
        _row(f"{CORRUPTED}/{name}{'*' * (name in RESEMBLED)}", evaluation)
        for name, evaluation in figures.corrupted.items()
    ]
    if figures.photographs:
        lines += [_row("photographs", figures.photographs)]
    if figures.extra:
        lines += [_row("your own", figures.extra)]
    unseen = [evaluation for name, evaluation in figures.corrupted.items() if name not in RESEMBLED]
    lines += [_mean_row("corruptions together", list(figures.corrupted.values()))]
    lines += [_mean_row("those unseen alone", unseen)] if unseen else []
    lines += ["", "* augmented training images resemble it", ""]
    lines += [f"{'no digits':<32}{'images':>7}{'warned':>10}{'as unfamiliar':>15}"]
    lines += [
        f"{sort:<32}{row.images:>7,}{row.warned:>10.1%}{row.unfamiliar:>15.1%}"
        for sort, row in figures.not_digits.items()
    ]
    warned = fmean(row.warned for row in figures.not_digits.values())
    return "\n".join([*lines, f"{'mean':<39}{warned:>10.1%}"])


def _row(name: str, evaluation: Evaluation) -> str:
    found = evaluation.finds_errors.entropy
    auroc = "" if found is None else f"{found:.4f}"
    return _line(name, evaluation.counts, f"{evaluation.scores.nll:>8.4f}{evaluation.scores.ece:>8.4f}{auroc:>8}")


def _mean_row(name: str, evaluations: Sequence[Evaluation]) -> str:
    """Count several data sets together."""
    total = reduce(add, (evaluation.counts for evaluation in evaluations))
    nll = fmean(evaluation.scores.nll for evaluation in evaluations)
    return _line(name, total, f"{nll:>8.4f}{'':>16}")


def _line(name: str, counts: Counts, scores: str) -> str:
    risk = "none shown" if counts.unwarned_risk is None else f"{counts.unwarned_risk:.2%} ({counts.unwarned_errors:,})"
    return (
        f"{name:<32}{counts.images:>7,}{counts.right / counts.images:>10.4f}{scores}"
        f"{counts.coverage:>10.4f}{counts.warned_share:>8.1%}{risk:>16}"
    )


if __name__ == "__main__":
    sys.exit(main())
