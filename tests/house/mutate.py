"""Tests the tests: python tests/house/mutate.py [--target NAME] [--sample N] [--seed S] [--workers W].

Cosmic Ray changes one operator, number or condition of the code at a time; a mutant is killed when a test of its room
fails; slow tests are left out. A sample takes its places in the code at random and one mutant of each, so that a
division with eleven replacements counts once. Types are not evaluated, so mutants of annotations are left out.
Survivors are printed as diffs; the exit status is 1 where fewer than --least of the mutants were killed.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not slow")


@dataclass(frozen=True, slots=True)
class Target:
    """Code to be mutated, and the tests that ought to notice; paths within the checkout."""

    code: str
    tests: tuple[str, ...]

    def command(self, module: Path | None = None) -> str:
        """Give what runs the tests, those that are named after the module first: most mutants die there."""
        own = (
            [path for tests in self.tests for path in (ROOT / tests).glob(f"test_{module.stem}*.py")] if module else []
        )
        words = [*(path.relative_to(ROOT) for path in own), *self.tests]
        return shlex.join([*PYTEST, *map(str, words)])


TARGETS = {
    "runtime": Target("edge_app/runtime", ("tests/edge_app/runtime", "tests/edge_app/test_results.py")),
    "calibrate": Target("export/calibrate.py", ("tests/export/test_calibrate.py",)),
    "finder": Target(
        "edge_app/finder",
        (
            "tests/edge_app/finder/test_findings.py",
            "tests/edge_app/test_results.py",
            "tests/edge_app/test_normalise.py",
            "tests/edge_app/test_finder_crop.py",
            "tests/edge_app/test_finder.py",
            "tests/edge_app/finder",
        ),
    ),
}


def main() -> int:
    """Mutate as the command line says; returns the exit status."""
    options = _parser().parse_args()
    shares = [
        mutate(TARGETS[name], options.sample, options.seed, options.workers)
        for name in ([options.target] if options.target else TARGETS)
    ]
    return int(min(shares) < options.least)


def mutate(target: Target, sample: int, seed: int, workers: int) -> float:
    """Test mutants of a target, and give the share that was killed."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [_copy(Path(folder) / str(worker)) for worker in range(workers)]
        timeout = 20 + 3 * _time_tests(target.command(), copies[0])
        mutants = _list_mutants(target, copies[0])
        chosen = _choose(mutants, sample, seed) if sample else mutants
        survivors = 0
        for mutant, result in zip(chosen, _run(target, chosen, timeout, copies), strict=True):
            if result.worker_outcome is not WorkerOutcome.NORMAL:
                raise RuntimeError(f"{mutant}: {result.output}")
            if result.test_outcome is TestOutcome.SURVIVED:
                survivors += 1
                print(result.diff, end="\n\n", flush=True)
    killed = 1 - survivors / len(chosen)
    print(
        f"{target.code}: {len(chosen)} of {len(mutants)} mutants, {survivors} survived, {killed:.1%} killed", flush=True
    )
    return killed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mutate", description="Test the tests by mutation of the code.")
    parser.add_argument("--target", choices=list(TARGETS), help="what to mutate; default: all of them")
    parser.add_argument("--sample", type=int, default=0, help="places to mutate, at random; default: every mutant")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--workers", type=int, default=1, help="mutants tested at a time")
    parser.add_argument("--least", type=float, default=0.9, help="share that must be killed")
    return parser


def _copy(folder: Path) -> Path:
    """Copy what git knows of the checkout, as it stands."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


def _time_tests(command: str, copy: Path) -> float:
    start = time.monotonic()
    if subprocess.run(shlex.split(command), cwd=copy, stdout=sys.stderr, check=False).returncode != 0:
        raise SystemExit("mutate: the tests fail before anything is mutated")
    return time.monotonic() - start


def _list_mutants(target: Target, copy: Path) -> list[MutationSpec]:
    code = copy / target.code
    modules = [code] if code.suffix else sorted(code.rglob("*.py"))
    with chdir(copy), use_db("mutants.sqlite", WorkDB.Mode.create) as work:
        init([module.relative_to(copy) for module in modules], work, {})
        mutants = [item.mutations[0] for item in work.work_items]
    annotations = {module.relative_to(copy): list(_annotations(module)) for module in modules}
    return sorted(
        (
            mutant
            for mutant in mutants
            if not any(start <= mutant.start_pos < end for start, end in annotations[mutant.module_path])
        ),
        key=lambda mutant: (str(mutant.module_path), mutant.start_pos, mutant.operator_name, mutant.occurrence),
    )


def _annotations(module: Path) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Give the first and the last row and column of each type annotation."""
    for node in ast.walk(ast.parse(module.read_text())):
        for kind in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(kind, ast.expr):
                yield (kind.lineno, kind.col_offset), (kind.end_lineno or 0, kind.end_col_offset or 0)


def _choose(mutants: list[MutationSpec], count: int, seed: int) -> list[MutationSpec]:
    chance = random.Random(seed)
    places: dict[tuple[Path, tuple[int, int]], list[MutationSpec]] = {}
    for mutant in mutants:
        places.setdefault((mutant.module_path, mutant.start_pos), []).append(mutant)
    chosen = chance.sample(sorted(places), min(count, len(places)))
    return [chance.choice(places[place]) for place in sorted(chosen)]


def _run(target: Target, mutants: list[MutationSpec], timeout: float, copies: list[Path]) -> Iterator[WorkResult]:
    """Test each mutant, every worker in a copy of its own."""
    context = multiprocessing.get_context("spawn")
    free = context.Queue()
    for copy in copies:
        free.put(str(copy))
    with ProcessPoolExecutor(len(copies), context, _enter, (free,)) as pool:
        futures = [
            pool.submit(mutate_and_test, [mutant], target.command(mutant.module_path), timeout) for mutant in mutants
        ]
        for future in tqdm(futures, unit=" mutants", disable=None):
            yield future.result()


def _enter(free: multiprocessing.Queue[str]) -> None:
    os.chdir(free.get())


if __name__ == "__main__":
    sys.exit(main())
