"""The app killed at a random moment, with every output: what was there before is there, or a whole new result."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from pathlib import Path

import cv2
from guarded import Bounds
from hunt import Attempt
from moment import wait_for_moment

from edge_app.commands.dispatch import run_command

PAGE = Path(__file__).parents[2] / "edge_app" / "demo" / "page.jpg"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
PICTURES = 40
OPTIONS = {".jsonl": "--jsonl", ".txt": "--text"}
OLD = b"what was there before"


class Kills:
    """Each attempt runs the app on a folder of pictures, kills it, looks at what is left, and runs it again."""

    name = "kills"
    bounds = Bounds(seconds=300.0, processor=20.0)

    def prepare(self, folder: Path) -> None:
        """Give the user some pages."""
        for number in range(PICTURES):
            shutil.copy(PAGE, folder / f"page-{number:05d}.jpg")

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Choose the outputs, the signal and the moment."""
        outputs = rng.sample(("out.jsonl", "out.txt", "out.mp4", "out.avi", "out.png"), 2)
        number, moment, changes = rng.choice(SIGNALS), rng.uniform(0.0, 1.2), rng.choice((None, rng.randrange(1, 80)))
        results = folder.parent / "results"

        def run() -> int:
            shutil.rmtree(results, ignore_errors=True)
            results.mkdir()
            os.chdir(results)
            for name in (*outputs, "out-00003.png"):
                (results / name).write_bytes(OLD)
            arguments = [str(folder), "--headless"]
            for name in outputs:
                arguments += [OPTIONS.get(Path(name).suffix, "--save"), name]
            _run_and_kill(arguments, number, moment, changes)
            if not all(_is_old_or_whole(path) for path in results.iterdir()):
                raise AssertionError(sorted(path.name for path in results.iterdir()))
            return run_command([*arguments, "--max-frames", "2"])

        return Attempt(run, repr((outputs, number, moment, changes)).encode(), ".args", frozenset({0}))


def _run_and_kill(arguments: list[str], number: signal.Signals, moment: float, changes: int | None) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(run_command(arguments))
    wait_for_moment(pid, Path.cwd(), moment, changes)
    os.kill(pid, number)
    os.waitpid(pid, 0)


def _is_old_or_whole(path: Path) -> bool:
    if path.name.startswith(".") or ".part-" in path.name:
        return True  # It says by its name that it is unfinished.
    content = path.read_bytes()
    if content == OLD:
        return True
    if path.suffix == ".jsonl":
        return content.endswith(b"\n") and all(json.loads(line) for line in content.splitlines())
    if path.suffix == ".txt":
        return content.endswith(b"\n")
    if path.suffix == ".png":
        return cv2.imread(str(path)) is not None
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    count = 0
    while capture.read()[0]:
        count += 1
    return count == int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) > 0
