"""Keeps what sweeps found: python -m train.trials [SWEEP ...].

Takes the figures that sweeps left in their folders into `train/sweeps/`, and writes the tables of all that is there to
`train/sweeps.md` anew: the log of what recipes were chosen by.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from edge_app.runtime.files import read_whole, write_json, write_whole
from train.command import command
from train.errors import TrainError
from train.recipes import Recipe

FIGURES: Final = "sweep.json"
TABLE: Final = "sweep.md"
"""What a sweep leaves in its folder."""
SWEEPS: Final = Path(__file__).with_name("sweeps")
LOG: Final = Path(__file__).with_name("sweeps.md")
LARGEST: Final = 10_000_000

Settings: TypeAlias = "dict[str, str | int | float]"


@dataclass(frozen=True, slots=True)
class Trial:
    """One training of a sweep and its figures on held-out images; NLL in nats, time in seconds.

    Attributes:
        changed: the settings that differ from the recipe, by name.
        seed: of the training.
        epochs: that were trained.
        nll: on the images as they are.
        augmented_nll: on the images augmented as for training.
        accuracy: on the images as they are.
        outliers_seen: share of images that are no digits that is doubted; see `train.held_out.HeldOut`.
        seconds: that the training took.
    """

    changed: Settings
    seed: int
    epochs: int
    nll: float
    augmented_nll: float
    accuracy: float
    outliers_seen: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What a sweep found.

    Attributes:
        recipe: the settings that were not varied.
        images: how many training images there were, the first ones; None for all.
        rungs: after so many epochs the worse half was given up.
        trials: in order of their settings and seeds.
    """

    recipe: Recipe
    images: int | None
    rungs: tuple[int, ...]
    trials: tuple[Trial, ...]


@command("trials")
def main(arguments: list[str] | None = None) -> int:
    """Take sweeps in and write the log; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m train.trials", description="Keep what sweeps found.")
    parser.add_argument("sweeps", nargs="*", type=Path, metavar="SWEEP", help="folders of sweeps to take in")
    for folder in parser.parse_args(arguments).sweeps:
        write_json(SWEEPS / f"{folder.resolve().name}.json", read_findings(folder / FIGURES))
    write_whole(LOG, write_log({path.stem: read_findings(path) for path in sorted(SWEEPS.glob("*.json"))}).encode())
    print(LOG)
    return 0


def read_findings(path: Path) -> Findings:
    """Read what a sweep found.

    Raises:
        EdgeError: the file cannot be read.
        TrainError: it holds something else.
    """
    content = read_whole(path, LARGEST, "give the folder of a sweep that has ended")
    try:
        return msgspec.json.decode(content, type=Findings)
    except msgspec.DecodeError as error:
        raise TrainError(f"{path}: is not what a sweep found ({error}); run the sweep again") from None


def write_log(sweeps: dict[str, Findings]) -> str:
    """Write the tables of sweeps, by name, as a page in Markdown."""
    parts = ["# What sweeps found", "", "Written by `python -m train.trials`. What it means is told in `tried.md`."]
    for name, found in sweeps.items():
        parts += ["", f"## {name}", "", describe(found), "", tabulate(found.trials)]
    return "\n".join([*parts, ""])


def describe(found: Findings) -> str:
    """Say in a sentence what a sweep did not vary."""
    silent = {"taught"} if not found.recipe.teacher else set()
    settings = [f"{name} {value}" for name, value in asdict(found.recipe).items() if value != "" and name not in silent]
    images = "all images" if found.images is None else f"the first {found.images:,} images"
    given_up = f", the worse half given up after {' and '.join(map(str, found.rungs))} epochs" if found.rungs else ""
    return f"On {images}{given_up}: {', '.join(settings)}."


def tabulate(trials: Sequence[Trial]) -> str:
    """Write the trials as a table in Markdown: a line a trial, then mean and standard deviation a variation."""
    columns = ("nll", "augmented_nll", "accuracy", "outliers_seen", "seconds")
    lines = ["| settings | seed | epochs | NLL | NLL augmented | accuracy | no digits doubted | seconds |"]
    lines += ["|---" * 8 + "|"]
    for _, group in itertools.groupby(trials, key=lambda trial: trial.changed):
        same = list(group)
        settings = ", ".join(f"{name} {value}" for name, value in same[0].changed.items()) or "as they are"
        rows = [(str(trial.seed), [getattr(trial, column) for column in columns]) for trial in same]
        if len(same) > 1:
            figures = list(zip(*(values for _, values in rows), strict=True))
            rows += [("mean", [statistics.fmean(values) for values in figures])]
            rows += [("deviation", [statistics.stdev(values) for values in figures])]
        for seed, (*scores, seconds) in rows:
            shown = " | ".join(f"{score:.4f}" for score in scores)
            lines.append(f"| {settings} | {seed} | {same[0].epochs} | {shown} | {seconds:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
