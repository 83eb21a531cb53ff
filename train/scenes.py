"""Measures the app from the picture to the label: python -m train.scenes [--kinds KIND ...] [--worst DIR]."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2

from dataset.scenes.kinds import Kind
from edge_app.jobs import add_place_options, place_of
from edge_app.options import DEFAULT_BUNDLE, positive
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.files import write_json
from train.command import command
from train.evaluate import Evaluation, evaluate
from train.evaluate.kept import add_keep_option, going_on
from train.evaluate.photographs import LABELS, read_photographs
from train.evaluate.scenes.form import Form, measure_form
from train.evaluate.scenes.grids import askew, read_grids
from train.evaluate.scenes.measure import MIXED, Pages, Row, measure_grid, measure_kinds
from train.evaluate.scenes.tally import Tally
from train.evaluate.scenes.worst import draw, draw_worst

KINDS = (MIXED, *Kind)


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured: generated pages, photographed pages, and photographs of single digits."""

    bundle: str
    kinds: tuple[Row, ...]
    pages: tuple[Row, ...]
    photographs: Evaluation | None


@command("scenes")
def main(arguments: list[str] | None = None) -> int:
    """Measure and print as the command line says; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.pages and not options.photos:
        parser.error("--pages: the labels of its cells are in the folder of --photos; give that too")
    cv2.setNumThreads(1)
    if options.form:
        print(_form(measure_form(options.bundle, options.seed)))
        return 0
    with going_on(options.keep):
        report = _measure(options)
    if options.json:
        write_json(options.json, report)
    print(_table(report))
    return 0


def _measure(options: argparse.Namespace) -> Report:
    classifier = Classifier(load_bundle(options.bundle))
    photographs = None
    if options.photos:
        found = read_photographs(options.photos)
        photographs = evaluate(classifier, found.images, found.labels, classifier.manifest.thresholds)
    pages = []
    grids = read_grids(options.pages, options.photos / LABELS) if options.pages else []
    for grid in [askew(grid, options.askew) for grid in grids] if options.askew else grids:
        row, result = measure_grid(grid, classifier)
        pages.append(row)
        if options.worst:
            options.worst.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(options.worst / f"{grid.name}.png"), draw(grid.image, result, []))
    kinds = Pages(options.kinds, options.count, options.seed, options.half)
    measured = measure_kinds(kinds, options.bundle, place_of(options), options.keep)
    if options.worst:
        draw_worst(measured.pages, options.worst)
    return Report(str(options.bundle), measured.rows, tuple(pages), photographs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.scenes", description="Measure finding and reading digits.")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--count", type=positive, default=100, help="how many pages of each kind (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="of the first page of each kind (default: 0)")
    parser.add_argument("--half", choices=("test", "train"), default="test", help="what the pages are made of")
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="default: the shipped one")
    parser.add_argument("--photos", type=Path, help="a folder with labels.csv (file,label) and crops/")
    parser.add_argument("--pages", type=Path, help="a folder with photographed sudokus whose cells --photos labels")
    parser.add_argument("--askew", type=float, default=0.0, metavar="DEGREES", help="turn these pages clockwise first")
    parser.add_argument("--form", action="store_true", help="measure a scanned A4 form of 35 megapixels instead")
    parser.add_argument("--worst", type=Path, help="draw the pages with the most errors in this folder")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    add_keep_option(parser)
    add_place_options(parser)
    return parser


def _form(form: Form) -> str:
    return (
        f"a form of {form.digits:,} digits: {form.found / form.digits:.1%} found,"
        f" {form.right / max(1, form.found):.1%} of them read right, {form.shown:,} boxes;"
        f" {form.cpu_s:.1f} s of processor time, {form.peak_mb:.0f} MB at the most"
    )


def _table(report: Report) -> str:
    lines = [
        "| page | pages | digits | recall | precision | reading | shown | warned | silent | no digit | find ms |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows = [*report.pages, *report.kinds]
    if report.kinds:
        rows.append(Row("all generated", sum((row.tally for row in report.kinds), Tally()), float("nan")))
    lines += [_line(row) for row in rows]
    if report.photographs is not None:
        accuracy, crops = report.photographs.scores.accuracy, report.photographs.counts
        lines += ["", f"{crops.images} photographs of single digits: {accuracy:.1%} right,"]
        lines[-1] += f" {crops.warned_share:.1%} warned, {crops.unwarned_errors} silent errors"
    return "\n".join(lines)


def _line(row: Row) -> str:
    counts = row.tally
    shares = f"{counts.recall:.4f} | {counts.precision:.4f} | {counts.reading:.4f}"
    silent = f"{counts.silent} ({counts.silent_share:.2%}) | {counts.silent_strange}"
    warned = f"{counts.warned / max(1, counts.shown):.1%}"
    return (
        f"| {row.kind} | {counts.pages} | {counts.digits:,} | {shares} | {counts.shown:,} | {warned} | {silent} |"
        f" {row.find_ms:.1f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
