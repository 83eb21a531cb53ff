"""Checks a bundle against the full model: python export/check.py BUNDLE [--data MNIST] [--run RUN] [--json FILE]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from edge_app.options import positive
from edge_app.runtime.bundle import Bundle, load_bundle
from edge_app.runtime.files import write_json
from edge_app.runtime.multi_label_manifest import MultiLabelManifest
from edge_app.runtime.regression_manifest import RegressionManifest
from export.check_tables import class_table, regression_table
from export.errors import ExportError
from export.exportable import find_shipped, make_reference, require_same
from export.figures import CheckFigures, write_check
from export.options import Holdout
from export.reference import Reference
from export.saved_model import load_model, load_test, load_weight_sets, read_labelled
from export.tolerances import broken_tolerances
from export.verify import DRAWS, verify
from export.verify_labels import verify_labels
from export.verify_regression import RegressionFigures, broken_limits, verify_regression
from models.outputs import WAYS
from train.command import command

F = TypeVar("F", CheckFigures, RegressionFigures)
TEST_SETS = ("MNIST", "MNIST_corrupted")


@command("check")
def main(arguments: list[str] | None = None) -> int:
    """Check as the command line says; returns the exit status, 1 when a tolerance is broken."""
    options = _parser().parse_args(arguments)
    bundle = load_bundle(options.bundle)
    model = load_model(options.run) if options.run else find_shipped(bundle.manifest)
    reference = make_reference(
        model,
        samples=load_weight_sets(options.weights) if options.weights else None,
        mc_dropout=options.mc_dropout,
        output=options.output,
    )
    require_same(bundle.manifest, reference)
    if isinstance(bundle.manifest, RegressionManifest):
        broken = _check_regression(bundle, reference, options)
    else:
        broken = _check_probabilities(bundle, reference, options)
    for line in broken:
        print(f"check: {bundle.path}: {line}", file=sys.stderr)
    return 1 if broken else 0


def _check_probabilities(bundle: Bundle, reference: Reference, options: argparse.Namespace) -> list[str]:
    if isinstance(bundle.manifest, MultiLabelManifest):
        checks = tuple(
            figures for name, data in _own_data(options) for figures in verify_labels(bundle, reference, name, data)
        )
    else:
        checks = tuple(
            verify(bundle, reference, Path(name).stem, data, images=options.images, draws=options.draws)
            for name in options.data or TEST_SETS
            for data in [load_test(name, bundle.manifest.labels, bundle.manifest.input.shape)]
        )
    _write(bundle, checks, options, class_table)
    return [line for figures in checks for line in broken_tolerances(figures, bundle.manifest)]


def _check_regression(bundle: Bundle, reference: Reference, options: argparse.Namespace) -> list[str]:
    checks = tuple(verify_regression(bundle, reference, name, data) for name, data in _own_data(options))
    _write(bundle, checks, options, partial(regression_table, quantities=bundle.manifest.labels))
    return [line for figures in checks for line in broken_limits(figures, bundle.manifest.quantisation)]


def _write(bundle: Bundle, checks: tuple[F, ...], options: argparse.Namespace, table: Callable[[F], str]) -> None:
    write_check(bundle, checks)
    if options.json:
        write_json(options.json, checks)
    for figures in checks:
        print(table(figures))


def _own_data(options: argparse.Namespace) -> Iterator[tuple[str, Holdout]]:
    """Read the data sets of a model that no data set here is for."""
    if not options.data:
        raise ExportError("--data: found none, expected an .npz of images and labels that were not trained on")
    for name in options.data:
        data = read_labelled(Path(name))
        yield Path(name).stem, Holdout(data.images[: options.images], data.labels[: options.images])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="export/check.py", description="Check a bundle against the full model, and write the result beside it."
    )
    parser.add_argument("bundle", type=Path, help="the bundle: its folder, or a .tflite that holds all samples")
    parser.add_argument(
        "--data",
        action="append",
        help=f"a test set, or an .npz of images and labels; may be repeated; default: {', '.join(TEST_SETS)}",
    )
    parser.add_argument(
        "--run",
        type=Path,
        metavar="RUN|MODEL",
        help="the run, or the model that Keras saved, that was exported; default: the shipped run that fits",
    )
    parser.add_argument("--weights", type=Path, metavar="NPZ", help="its sets of weights, as to_tflite.py took them")
    parser.add_argument("--mc-dropout", action="store_true", help="its dropout layers stay active when it predicts")
    parser.add_argument("--output", choices=WAYS, help="what its last tensor holds, as to_tflite.py took it")
    parser.add_argument("--images", type=positive, help="check the first so many images only")
    parser.add_argument("--draws", type=positive, default=DRAWS, help="for the test of a sampled graph")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
