"""Draws the report: python -m train.report [RUN ...] [--bundle DIR ...] [--out report] [--quick]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge_app.jobs import add_place_options, place_of
from edge_app.options import DEFAULT_BUNDLE
from models.networks import BUILDERS
from models.runs import PRETRAINED, RECORD, read_record
from train.command import command
from train.evaluate.kept import add_keep_option, going_on
from train.report.collect import collect
from train.report.plan import FULL, QUICK, Plan
from train.report.subjects import load_subjects
from train.report.summary import summarise
from train.report.write import PAGE, whole_folder, write

RUNS = Path("runs")


@command("report")
def main(arguments: list[str] | None = None) -> int:
    """Measure, draw and write as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    with going_on(options.keep), whole_folder(options.out) as folder:
        subjects = load_subjects(options.runs or _found_runs(), options.bundle or [DEFAULT_BUNDLE], options.seed)
        plan = Plan(subjects, QUICK if options.quick else FULL, options.seed, options.images)
        report = collect(plan, place_of(options), options.keep)
        write(report, folder)
    print("\n".join(summarise(report)))
    print(f"\nThe report is in {options.out / PAGE}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.report", description="Draw what networks know and do not.")
    parser.add_argument(
        "runs", nargs="*", type=Path, metavar="RUN", help="run folders; default: runs/*, or those shipped"
    )
    parser.add_argument(
        "--bundle",
        action="append",
        type=Path,
        metavar="DIR",
        help="a bundle, may be repeated; default: the shipped one",
    )
    parser.add_argument("--out", type=Path, default=Path("report"), help="the folder to make or renew")
    parser.add_argument("--images", type=_places, default=(), metavar="N,N,...", help="test images to show, from 0")
    parser.add_argument("--seed", type=int, default=0, help="of the stochastic passes")
    parser.add_argument("--quick", action="store_true", help="measure a sample only")
    add_keep_option(parser)
    add_place_options(parser)
    return parser


def _places(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected whole numbers with commas between, as 3,14,15")
    return tuple(int(part) for part in parts)


def _found_runs() -> list[Path]:
    """List the finished runs that `python -m train` leaves in `runs`, or else those shipped."""
    return _finished(RUNS) or _finished(PRETRAINED)


def _finished(parent: Path) -> list[Path]:
    records = {record.parent: read_record(record.parent) for record in parent.glob(f"*/{RECORD}")}
    networks = list(BUILDERS)
    found = [(networks.index(record.model), run) for run, record in records.items() if record.finished]
    return [run for _, run in sorted(found)]


if __name__ == "__main__":
    sys.exit(main())
