"""Compares mixtures of posteriors with deep ensembles: python -m export.mixtures --posteriors RUNS --networks RUNS.

One posterior with all passes, several that share them, and networks without a posterior, each group of members that no
other group holds being one repetition. Every group gets a temperature of its own, fitted on held-out training images
before it is scored: without one, the order of such methods changes (Ashukha et al. 2020, arXiv 2002.06470).
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset import Split, corruptions, load_split
from edge_app.jobs import HERE, Place, add_place_options, place_of, run_jobs
from edge_app.options import positive
from edge_app.runtime.files import write_json
from edge_app.runtime.prediction import temper
from export.calibrate import fit_temperature
from export.comparable import require_comparable
from export.errors import ExportError
from models.rebuild import rebuild
from models.runs import Record, load_run
from train.command import command
from train.evaluate import Evaluation, measure, predict_blocks
from train.evaluate.full_model import FullModel
from train.evaluate.held_out_images import take_held_out

SIZES: Final = (1, 5, 10)
SEED: Final = 0

Samples = tuple[NDArray[np.float32], ...]
"""Class probabilities [N, K, C] on the held-out images and on each test set."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared.

    Attributes:
        posteriors: run folders of networks with a posterior, each trained from its own seed.
        networks: run folders of networks without one.
        passes: of a whole mixture; each posterior of M gives passes / M, rounded up, and a network one.
        sizes: numbers of members; those that there are too few runs for are left out.
        images: how many of each test set, the first ones; None for all.
    """

    posteriors: Sequence[Path]
    networks: Sequence[Path]
    passes: int = 50
    sizes: Sequence[int] = SIZES
    images: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One trained network and what it is asked.

    Attributes:
        folder: its run folder.
        passes: how often each image is passed through it; 1 for a network without a posterior.
        images: how many of each test set, the first ones; None for all.
    """

    folder: Path
    passes: int
    images: int | None


@dataclass(frozen=True, slots=True)
class Repetition:
    """One group of members, after its temperature.

    Attributes:
        temperature: fitted on the held-out images.
        clean_nll: in nats on MNIST's test images, before the temperature.
        clean: on MNIST's test images.
        shifted: on the same images under each corruption.
    """

    temperature: float
    clean_nll: float
    clean: Evaluation
    shifted: tuple[Evaluation, ...]


@dataclass(frozen=True, slots=True)
class Rival:
    """A way to spend the passes.

    Attributes:
        name: how many members, and how often each is passed through.
        repetitions: one for each group of members.
    """

    name: str
    repetitions: tuple[Repetition, ...]


@command("mixtures")
def main(arguments: list[str] | None = None) -> int:
    """Compare and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    if options.json and not options.json.parent.is_dir():
        raise ExportError(f"--json: {options.json.parent}: found no folder; make it, or choose another file")
    wanted = Comparison(options.posteriors, options.networks, options.passes, options.sizes, options.images)
    rivals = compare(wanted, place_of(options))
    print(tabulate(rivals))
    if options.json:
        write_json(options.json, rivals)
    return 0


def compare(wanted: Comparison, place: Place = HERE) -> list[Rival]:
    """Score every way to share passes among runs.

    Args:
        wanted: the runs and what is asked of them.
        place: where images are passed through the runs, each a job of its own.

    Raises:
        ExportError: there are too few runs for any size, or they cannot be compared; see `require_comparable`.
        ModelError: a run cannot be read.
        DataError: a data set cannot be read.
    """
    if max(len(wanted.posteriors), len(wanted.networks)) < min(wanted.sizes):
        raise ExportError(f"found too few runs of either sort, expected at least {min(wanted.sizes)} of one")
    record = require_comparable(wanted.posteriors, wanted.networks)
    members = [Member(folder.absolute(), wanted.passes, wanted.images) for folder in wanted.posteriors]
    members += [Member(folder.absolute(), 1, wanted.images) for folder in wanted.networks]
    held_out = take_held_out(record, load_split("MNIST", "train")).y
    labels = load_split("MNIST", "test").y[: wanted.images]
    jobs = tqdm(run_jobs(sample, members, place), total=len(members), unit="run", disable=None)
    samples = [done for _, done in sorted(jobs, key=lambda job: job[0])]
    posteriors, networks = samples[: len(wanted.posteriors)], samples[len(wanted.posteriors) :]
    return [
        score_groups(sort, runs, size, held_out, labels)
        for sort, runs in (("posterior", posteriors), ("network", networks))
        for size in wanted.sizes
        if size <= len(runs)
    ]


def score_groups(
    sort: str, runs: Sequence[Samples], size: int, held_out: NDArray[np.int64], labels: NDArray[np.int64]
) -> Rival:
    """Score groups of so many runs that share their passes, each run in one group.

    Args:
        sort: what a run is called.
        runs: what each one gives with all the passes.
        size: members of a group; each gives its share of the passes, rounded up.
        held_out: labels of the held-out images, int [N].
        labels: of every test set, int [N].
    """
    share = -(-runs[0][0].shape[1] // size)
    groups = []
    for start in range(0, len(runs) - size + 1, size):
        members = zip(*runs[start : start + size], strict=True)
        groups.append(tuple(np.concatenate([data[:, :share] for data in same], axis=1) for same in members))
    name = f"{size} {sort}{'' if size == 1 else 's'} x {share}"
    return Rival(name, tuple(_score(group, held_out, labels) for group in groups))


def sample(member: Member) -> Samples:
    """Pass the held-out images and every test set through a network, in whatever process.

    Raises:
        ModelError: the run cannot be read.
        DataError: a data set cannot be read.
    """
    run = load_run(member.folder)
    model = FullModel(rebuild(run), member.passes, SEED)
    return tuple(model.probabilities(data.x) for data in load_sets(run.record, member.images))


def load_sets(record: Record, images: int | None) -> Iterator[Split]:
    """Load the held-out training images, MNIST's test images, and these under each corruption.

    Args:
        record: of the run that held images out; see `take_held_out`.
        images: how many of each test set, the first ones; None for all.

    Raises:
        DataError: a data set cannot be read.
    """
    yield take_held_out(record, load_split("MNIST", "train"))
    shifts = [f"MNIST_corrupted/{name}" for name in corruptions.NAMES if name != "identity"]
    for name in ("MNIST", *shifts):
        data = load_split(name, "test")
        yield Split(data.x[:images], data.y[:images], data.onehot[:images])


def tabulate(rivals: Sequence[Rival]) -> str:
    """Write a table in Markdown: means over the repetitions, and their standard deviations where there are several."""
    columns: dict[str, Callable[[Repetition], float | None]] = {
        "accuracy": lambda one: one.clean.scores.accuracy,
        "NLL": lambda one: one.clean_nll,
        "temperature": lambda one: one.temperature,
        "NLL with it": lambda one: one.clean.scores.nll,
        "ECE": lambda one: one.clean.scores.ece,
        "AUROC of doubt": lambda one: one.clean.finds_errors.entropy,
        "accuracy, shifted": lambda one: statistics.fmean(found.scores.accuracy for found in one.shifted),
        "NLL, shifted": lambda one: statistics.fmean(found.scores.nll for found in one.shifted),
    }
    lines = [f"| members x passes | repetitions | {' | '.join(columns)} |", "|---" * (len(columns) + 2) + "|"]
    for rival in rivals:
        cells = [_cell([figure(one) for one in rival.repetitions]) for figure in columns.values()]
        lines.append(f"| {rival.name} | {len(rival.repetitions)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _score(group: Samples, held_out: NDArray[np.int64], labels: NDArray[np.int64]) -> Repetition:
    calibration, clean, *shifted = group
    temperature = fit_temperature(calibration, held_out)
    before = measure(predict_blocks(clean), labels)
    after = [measure(predict_blocks(temper(samples, temperature)), labels) for samples in (clean, *shifted)]
    return Repetition(temperature, before.scores.nll, after[0], tuple(after[1:]))


def _cell(found: Sequence[float | None]) -> str:
    figures = [figure for figure in found if figure is not None]  # no AUROC where there was no error
    if not figures:
        return ""
    mean = f"{statistics.fmean(figures):.4f}"
    return mean if len(figures) == 1 else f"{mean} +- {statistics.stdev(figures):.4f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export.mixtures", description="Compare mixtures of posteriors with deep ensembles."
    )
    parser.add_argument("--posteriors", nargs="*", type=Path, default=[], metavar="RUN", help="runs with a posterior")
    parser.add_argument("--networks", nargs="*", type=Path, default=[], metavar="RUN", help="runs without one")
    parser.add_argument("--passes", type=positive, default=50, help="of a whole mixture of posteriors; default: 50")
    parser.add_argument("--sizes", nargs="+", type=positive, default=list(SIZES), help="members; default: 1 5 10")
    parser.add_argument("--images", type=positive, help="use the first images of each test set only")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    add_place_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
