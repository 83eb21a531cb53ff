"""Training, exporting, checking and reporting killed at some moment: what was there before is there, or a whole new.

All run in forks of this process, which has loaded TensorFlow and done nothing with it yet: to load it anew each time
would take five times as long.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import numpy as np
from guarded import Bounds
from hunt import Attempt, fingerprint
from moment import wait_for_moment

from dataset import Split, load_split
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.check import read_check
from models.runs import RECORD, load_run

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
IMAGES = 400
MODULES = {
    "train": "train.__main__",
    "export": "export.to_tflite",
    "check": "export.check",
    "report": "train.report.__main__",
}
TASKS = ("train", "train anew", "export", "check", "report")
LONGER = 10
"""A report takes so many times as long as training."""
SHARES = (8, 4, 8, 6, 1)
"""How often each is tried: a report takes ten times as long as the others."""


class WorkshopKills:
    """Each attempt begins one task, kills it at some moment or as soon as its folder changes, looks, and repeats it."""

    name = "workshop kills"
    bounds = Bounds(seconds=900.0, processor=120.0, memory=4_000_000_000)

    def prepare(self, folder: Path) -> None:
        """Make what was there before: two runs, two bundles and a check, and what passes for a report."""
        for module in ("tensorflow", "tf_keras", "tensorflow_probability"):
            importlib.import_module(module)
        data = load_split("MNIST", "train")
        self._few = Split(*(values[:IMAGES].copy() for values in data))
        np.savez(folder / "holdout.npz", images=self._few.x, labels=self._few.y)
        self._seconds: dict[str, float] = {}
        for task, arguments in (
            ("train", ["--model", "bayesian", "--epochs", "1", "--holdout", "100", "--out", str(folder / "bayesian")]),
            ("train", self._arguments("train", folder, folder, 0)),
            *(("export", self._arguments("export", folder, folder / str(seed), seed)) for seed in (0, 1)),
            ("check", self._arguments("check", folder, folder / "0", 0)),
        ):
            start = time.monotonic()
            if self._wait(self._begin(task, arguments)) != 0:
                raise RuntimeError(f"{task} failed")
            self._seconds[task] = time.monotonic() - start
        self._seconds["report"] = LONGER * self._seconds["train"]
        (folder / "report").mkdir()
        for name in ("metrics.json", "index.html"):
            (folder / "report" / name).write_text("old")

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Choose the task, the signal and the moment."""
        (task,) = rng.choices(TASKS, SHARES)
        number = rng.choice(SIGNALS)
        changes = rng.choice((None, 1, 1, 2, 3))
        moment = rng.uniform(0.0, 1.2 * self._seconds[task.removesuffix(" anew")])

        def run() -> int:
            results = folder.parent / "results"
            shutil.rmtree(results, ignore_errors=True)
            results.mkdir()
            for name in ("run", "bundle", "report"):
                if name != "run" or task == "train anew":
                    shutil.copytree(folder / ("0/bundle" if name == "bundle" else name), results / name)
            name = task.removesuffix(" anew")
            arguments = self._arguments(name, folder, results, 1)
            before = fingerprint(results)
            pid = self._begin(name, [*arguments, "--force"] if task in {"train anew", "export"} else arguments)
            wait_for_moment(pid, results, moment, changes)
            os.kill(pid, number)
            os.waitpid(pid, 0)
            self._judge(folder, results, before)
            again = {"train": ["--resume" if _is_begun(results) else "--force"], "export": ["--force"]}
            if self._wait(self._begin(name, [*arguments, *again.get(name, [])])) != 0:
                return 1
            self._judge(folder, results, before)
            return 0 if name != "train" or _finished(results) else 1

        return Attempt(run, repr((task, number, moment, changes)).encode(), ".task", frozenset({0}))

    def _arguments(self, task: str, folder: Path, results: Path, seed: int) -> list[str]:
        bundle, holdout, run = results / "bundle", folder / "holdout.npz", folder / "bayesian"
        old, out = folder / "0" / "bundle", ("--seed", seed, "--out")
        options: dict[str, tuple[object, ...]] = {
            "train": ("--model", "deterministic", "--epochs", 3, "--holdout", 100, *out, results / "run"),
            "export": (run, "--samples", 3, "--holdout", holdout, *out, bundle),
            "check": (bundle, "--run", run, "--data", "MNIST", "--images", 50, "--json", results / "figures.json"),
            "report": (folder / "run", "--bundle", old, "--quick", *out, results / "report"),
        }
        return [str(option) for option in options[task]]

    def _begin(self, task: str, arguments: list[str]) -> int:
        """Run a task in a fork; the images are few."""
        pid = os.fork()
        if pid == 0:
            status, null = 70, os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 1)
            try:
                module = importlib.import_module(MODULES[task])
                if task in {"train", "check"}:
                    module.load_split = lambda *_: self._few
                status = module.main(arguments)
            finally:
                os._exit(status)
        return pid

    @staticmethod
    def _wait(pid: int) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _judge(self, folder: Path, results: Path, before: dict[Path, str]) -> None:
        """Look whether everything is what it was, or whole."""
        if (results / "run" / RECORD).exists():
            load_run(results / "run")
        bundle = load_bundle(results / "bundle")
        if bundle.digest not in {load_bundle(folder / str(seed) / "bundle").digest for seed in (0, 1)}:
            raise AssertionError("another bundle")
        check = read_check(bundle)
        if check is not None and check.digest != bundle.digest:
            raise AssertionError("another bundle's check")
        if (results / "figures.json").exists():
            json.loads((results / "figures.json").read_bytes())
        if fingerprint(results / "report") == {path: before[path] for path in before if "report" in path.parts}:
            return
        json.loads((results / "report" / "metrics.json").read_bytes())
        if not (results / "report" / "index.html").read_text().rstrip().endswith("</html>"):
            raise AssertionError("half a report")


def _is_begun(results: Path) -> bool:
    return (results / "run" / RECORD).exists() and not _finished(results)


def _finished(results: Path) -> bool:
    return load_run(results / "run").record.finished
