"""Gathers the spread that the seed alone makes: python -m train.report.seeds RUN [RUN ...].

The runs differ by their seed and are trained on all 60,000 images, as the source's were:
`for s in 0 1 2 3 4; do python -m train --model MODEL --seed $s --holdout 0 --out runs/seeds/MODEL-$s; done`.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from tqdm import tqdm

from dataset import load_split
from edge_app.runtime.files import write_json
from train.command import command
from train.report.comparison import Quantity
from train.report.measure import measure_test
from train.report.published import SEEDS, SeedFigures, SeedSeries, one_pass_figures
from train.report.selection import CLEAN, CORRUPTED
from train.report.subjects import load_subjects

COMMAND = (
    "for each seed: python -m train --model MODEL --seed SEED --holdout 0 --out runs/seeds/MODEL-SEED; "
    "then: python -m train.report.seeds runs/seeds/*"
)
DIGITS = 5


@command("seeds")
def main(arguments: list[str] | None = None) -> int:
    """Measure one pass of every run and write the figures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m train.report.seeds", description="Gather figures by seed.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    write_json(SEEDS, SeedFigures(COMMAND, _gather(parser.parse_args(arguments).runs)))
    print(SEEDS)
    return 0


def _gather(folders: list[Path]) -> tuple[SeedSeries, ...]:
    tests = {name: load_split(name, "test") for name in (CLEAN, CORRUPTED)}
    values: dict[tuple[str, Quantity], tuple[float, ...]] = defaultdict(tuple)
    for folder in tqdm(folders, unit="run", disable=None):
        [subject] = load_subjects([folder], [], seed=0)
        for data, split in tests.items():
            result, _ = measure_test(str(folder), data, subject.probabilities(split.x, 2), split.y)
            for quantity, value in one_pass_figures(result):
                values[subject.facts.network, quantity] += (round(value, DIGITS),)
    return tuple(SeedSeries(network, quantity, series) for (network, quantity), series in values.items())


if __name__ == "__main__":
    sys.exit(main())
