"""Keeps what sweeps found: python -m train.trials [SWEEP ...].

Takes the figures that sweeps left in their folders into `train/sweeps/`, and writes the tables of all that is there to
`train/sweeps.md` anew: the log of what recipes were chosen by. None that is kept is replaced by another of its name.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
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
    """One training of a sweep and its figures on held-out images, None if it diverged; NLL in nats, time in seconds.

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
    nll: float | None
    augmented_nll: float | None
    accuracy: float | None
    outliers_seen: float | None
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
    take_in(parser.parse_args(arguments).sweeps)
    write_whole(LOG, write_log({path.stem: read_findings(path) for path in sorted(SWEEPS.glob("*.json"))}).encode())
    print(LOG)
    return 0


def take_in(folders: Sequence[Path]) -> None:
    """Keep the figures of sweeps, each under its folder's name.

    Raises:
        EdgeError: a file cannot be read or written.
        TrainError: one holds something else, or would take the place of another of its name.
    """
    taken: dict[Path, Findings] = {}
    for folder in folders:
        path, found = SWEEPS / f"{folder.resolve().name}.json", read_findings(folder / FIGURES)
        if path in taken:
            raise TrainError(f"{folder}: found another sweep of that name, expected names that differ; rename a folder")
        if path.exists() and read_findings(path) != found:
            raise TrainError(f"{folder}: {path} holds other figures; rename the folder, or remove that file first")
        taken[path] = found
    for path, found in taken.items():
        write_json(path, found)


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
    silent = {name for trial in found.trials for name in trial.changed}
    silent |= {field.name for field in fields(Recipe) if not (getattr(found.recipe, field.name) or field.default)}
    silent |= set() if found.recipe.teacher else {"taught"}
    settings = [f"{name} {value}" for name, value in asdict(found.recipe).items() if name not in silent]
    images = "all images" if found.images is None else f"the first {found.images:,} images"
    given_up = f", the worse half given up after {' and '.join(map(str, found.rungs))} epochs" if found.rungs else ""
    return f"On {images}{given_up}: {', '.join(settings)}."


def tabulate(trials: Sequence[Trial]) -> str:
    """Write the trials as a table in Markdown: a line a trial, then mean and standard deviation a variation.

    Of a trial that diverged, and of its variation, there are no figures.
    """
    columns = ("nll", "augmented_nll", "accuracy", "outliers_seen", "seconds")
    lines = ["| settings | seed | epochs | NLL | NLL augmented | accuracy | no digits doubted | seconds |"]
    lines += ["|---" * 8 + "|"]
    for _, group in itertools.groupby(trials, key=lambda trial: trial.changed):
        same = list(group)
        settings = ", ".join(f"{name} {value}" for name, value in same[0].changed.items()) or "as they are"
        rows = [(_name(trial), trial.epochs, [getattr(trial, column) for column in columns]) for trial in same]
        if len(same) > 1:
            epochs, figures = max(trial.epochs for trial in same), list(zip(*(row[2] for row in rows), strict=True))
            rows += [("mean", epochs, [_summarise(statistics.fmean, values) for values in figures])]
            rows += [("deviation", epochs, [_summarise(statistics.stdev, values) for values in figures])]
        for name, epochs, (*scores, seconds) in rows:
            shown = " | ".join("-" if score is None else f"{score:.4f}" for score in scores)
            lines.append(f"| {settings} | {name} | {epochs} | {shown} | {seconds:.0f} |")
    return "\n".join(lines)


def _name(trial: Trial) -> str:
    return f"{trial.seed}, diverged" if trial.nll is None else str(trial.seed)


def _summarise(summary: Callable[[Sequence[float]], float], values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return summary(known) if len(known) == len(values) else None


if __name__ == "__main__":
    sys.exit(main())
