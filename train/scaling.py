"""Measures what a second worker does, and says what a hundred would do: python -m train.scaling [--workers 2].

The same jobs run on one worker and on several, each of one thread, after all of them have loaded their libraries. For
more workers than this computer has cores, time is foretold of what was measured:

    seconds = start + max(tasks / workers, rounded up, * work, tasks * dispatch)

Scheduler and client hand one task out after the other, so that more than work / dispatch workers do not help.
"""

from __future__ import annotations

import argparse
import math
import pickle
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from dataset import corruptions
from edge_app.jobs import Place, require_extra, run_jobs
from edge_app.options import DEFAULT_BUNDLE, positive
from edge_app.runtime.files import write_json
from models.runs import load_runs
from train.command import command
from train.evaluate.pinned import PinnedBundle
from train.promise import CLEAN, CORRUPTED, TestSet, evaluate_test
from train.recipes import RECIPES
from train.sweep import try_out
from train.training import Training

MANY: Final = 100
"""Workers for which times are foretold."""
SWEEP: Final = 500
"""Trainings of the sweep that is foretold."""
IMAGES: Final = 60_000_000
"""Images of the evaluation that is foretold."""
SHARD: Final = 10_000
"""Images of each of its tasks."""
FEW: Final = 200
MORE: Final = 2000
"""Tasks that do nothing; by how much longer more of them take is the time of a task alone."""
ONE_THREAD: Final = {"TQDM_DISABLE": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}

MakeItems = Callable[[Path], Sequence[Any]]
"""Makes the items of jobs, which may write in the folder."""


@dataclass(frozen=True, slots=True)
class Load:
    """Jobs of one sort, run on one worker and on several.

    Attributes:
        name: what they do.
        tasks: how many there are.
        alone_s: seconds that one worker takes for all of them.
        shared_s: seconds that all workers together take.
        bytes: what goes to a worker for a task and comes back, pickled.
    """

    name: str
    tasks: int
    alone_s: float
    shared_s: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Scaling:
    """What was measured; times in seconds.

    Attributes:
        workers: that share the jobs.
        start_s: from nothing to a worker that has loaded the libraries of training.
        dispatch_s: of scheduler and client, for a task that does nothing.
        sweep: trainings of the small network.
        evaluation: of a bundle on data sets.
        images: of each training, and in each data set.
    """

    workers: int
    start_s: float
    dispatch_s: float
    sweep: Load
    evaluation: Load
    images: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Work for many workers.

    Attributes:
        name: what it is.
        tasks: how many there are.
        work_s: seconds of work a task.
        bytes: that go and come for a task.
    """

    name: str
    tasks: int
    work_s: float
    bytes: int

    def seconds(self, workers: int, scaling: Scaling) -> float:
        """Foretell the time by the formula above."""
        working = math.ceil(self.tasks / workers) * self.work_s
        return scaling.start_s + max(working, self.tasks * scaling.dispatch_s)

    def useful(self, scaling: Scaling) -> int:
        """Give the number of workers beyond which more do not help."""
        return min(self.tasks, int(self.work_s / scaling.dispatch_s))


@command("scaling")
def main(arguments: list[str] | None = None) -> int:
    """Measure and print as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    require_extra()
    scaling = measure_scaling(options.workers, options.runs, options.images, options.repeats)
    if options.json:
        write_json(options.json, scaling)
    print(tabulate(scaling, options.like))
    return 0


def measure_scaling(workers: int, runs: int, images: int, repeats: int) -> Scaling:
    """Run the same jobs on one worker and on several in turn.

    Args:
        workers: how many share the jobs.
        runs: trainings of the small network.
        images: of each training, and in each data set that the shipped bundle is evaluated on.
        repeats: how often all is run; medians are given.
    """
    recipe = replace(RECIPES["deterministic"], epochs=2)

    def trainings(folder: Path) -> list[Training]:
        return [Training(recipe, seed, folder / f"seed-{seed}", images // 12, images) for seed in range(runs)]

    def sets(_: Path) -> list[TestSet]:
        names = [CLEAN, *(f"{CORRUPTED}/{name}" for name in corruptions.NAMES if name != "identity")]
        return [TestSet(PinnedBundle.at(DEFAULT_BUNDLE), name, images) for name in names]

    with _cluster(1) as (one, start_s), _cluster(workers) as (several, _):
        places = (one, several)
        dispatch_s = (_time(abs, range(MORE), one) - _time(abs, range(FEW), one)) / (MORE - FEW)
        sweep = _compare("trainings of the small network", try_out, trainings, places, repeats)
        evaluation = _compare("data sets", evaluate_test, sets, places, repeats)
    return Scaling(workers, start_s, dispatch_s, sweep, evaluation, images)


def forecast(scaling: Scaling, like: Path | None = None) -> list[Forecast]:
    """List what is foretold: a sweep of 500 trainings, and 60 million images.

    Args:
        scaling: what was measured.
        like: a run folder, or that of a mixture; 500 trainings like its first run are foretold too. None for none.

    Raises:
        ModelError: the run cannot be read.
    """
    sweep, evaluation = scaling.sweep, scaling.evaluation
    found = [Forecast("trainings as measured", SWEEP, sweep.alone_s / sweep.tasks, sweep.bytes)]
    if like is not None:
        record = load_runs(like)[0].record
        seconds = sum(epoch.seconds for epoch in record.epochs)
        found.append(Forecast(f"{record.model}s of {len(record.epochs)} epochs", SWEEP, seconds, sweep.bytes))
    image_s = evaluation.alone_s / evaluation.tasks / scaling.images
    found.append(Forecast(f"shards of {SHARD:,} images", IMAGES // SHARD, SHARD * image_s, evaluation.bytes))
    return found


def tabulate(scaling: Scaling, like: Path | None = None) -> str:
    """Write two tables in Markdown: what was measured, and what is foretold."""
    dispatch_ms, several = 1e3 * scaling.dispatch_s, f"{scaling.workers} workers"
    lines = [f"A worker starts in {scaling.start_s:.1f} s; a task costs scheduler and client {dispatch_ms:.2f} ms.", ""]
    lines += [
        f"| of {scaling.images:,} images | tasks | work a task | bytes a task | 1 worker | {several} | speed-up |"
    ]
    lines += ["|---" * 7 + "|"]
    lines += [
        f"| {load.name} | {load.tasks} | {load.alone_s / load.tasks:.2f} s | {load.bytes:,} | {load.alone_s:.1f} s | "
        f"{load.shared_s:.1f} s | {load.alone_s / load.shared_s:.2f} |"
        for load in (scaling.sweep, scaling.evaluation)
    ]
    lines += ["", f"| foretold | tasks | work a task | moved | 1 worker | {MANY} workers | more do not help beyond |"]
    lines += ["|---" * 7 + "|"]
    lines += [
        f"| {row.name} | {row.tasks:,} | {row.work_s:.2f} s | {row.tasks * row.bytes / 1e6:.1f} MB | "
        f"{_duration(row.seconds(1, scaling))} | {_duration(row.seconds(MANY, scaling))} | {row.useful(scaling):,} |"
        for row in forecast(scaling, like)
    ]
    return "\n".join(lines)


@contextmanager
def _cluster(workers: int) -> Iterator[tuple[Place, float]]:
    """Start workers that have loaded what they need; gives their place, and the seconds that it took."""
    from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra

    began, here = time.perf_counter(), "127.0.0.1:0"
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=here, env=ONE_THREAD) as cluster:
        with Client(cluster) as client:
            client.run(_nothing)
        yield Place(cluster=cluster.scheduler_address), time.perf_counter() - began


def _nothing() -> None:
    """Load this module, and with it the libraries of training."""


def _compare(name: str, job: Callable[[Any], Any], make: MakeItems, places: tuple[Place, Place], repeats: int) -> Load:
    times: list[list[float]] = [[], []]
    for _ in tqdm(range(repeats), desc=name, unit="repeat", disable=None):
        for place, found in zip(places, times, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                found.append(_time(job, make(Path(folder)), place))
    with tempfile.TemporaryDirectory() as folder:
        items = make(Path(folder))
        moved = len(pickle.dumps(items[0])) + len(pickle.dumps(job(items[0])))
    alone, shared = map(statistics.median, times)
    return Load(name, len(items), alone, shared, moved)


def _time(job: Callable[[Any], Any], items: Sequence[Any], place: Place) -> float:
    began = time.perf_counter()
    for _ in run_jobs(job, items, place):
        pass
    return time.perf_counter() - began


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.scaling", description="Measure what more workers do.")
    parser.add_argument("--workers", type=positive, default=2, help="that share the jobs; default: 2")
    parser.add_argument("--runs", type=positive, default=12, help="trainings of the small network; default: 12")
    parser.add_argument("--images", type=positive, default=6000, help="of each training and data set; default: 6000")
    parser.add_argument("--repeats", type=positive, default=3, help="of everything; default: 3")
    parser.add_argument("--like", type=Path, metavar="RUN", help="foretell a sweep of trainings like this run too")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
