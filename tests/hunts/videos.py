"""Videos of several containers, damaged: the app reads what it can of each, or says in one line that it cannot."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from guarded import Bounds
from hunt import Attempt
from mutation import mutate

from edge_app.commands.dispatch import run_command

CONTAINERS = {".mp4": "mp4v", ".avi": "MJPG", ".mkv": "mp4v", ".mov": "mp4v"}
DEMO = Path(__file__).parents[2] / "edge_app" / "demo" / "digits.mp4"


class Videos:
    """Each attempt writes one damaged video beside one of the user's."""

    name = "videos"
    bounds = Bounds(processor=5.0)

    def prepare(self, folder: Path) -> None:
        """Write a short video in every container, and keep the demo clip."""
        cv2.setNumThreads(1)
        shutil.copy(DEMO, folder / "mine.mp4")
        rng = np.random.default_rng(0)
        self._contents = {}
        for suffix, codec in CONTAINERS.items():
            place = folder.parent / f"made{suffix}"
            writer = cv2.VideoWriter(str(place), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), 10.0, (160, 120))
            for _ in range(6):
                writer.write(rng.integers(0, 255, (120, 160, 3), np.uint8))
            writer.release()
            self._contents[suffix] = place.read_bytes()

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Damage one; half of the attempts write an annotated video too."""
        suffix = rng.choice(sorted(self._contents))
        original = self._contents[suffix]
        saved = ".saved" if rng.random() < 0.5 else ""
        return replace(self.replay(mutate(original, rng), saved + suffix, folder), original=original)

    def replay(self, content: bytes, suffix: str, folder: Path) -> Attempt:
        """Read one damaged video; with `.saved` before its suffix, an annotated one is written too."""

        def run() -> int:
            place = (folder.parent / "damaged").with_suffix(suffix.removeprefix(".saved"))
            place.write_bytes(content)
            arguments = [str(place), "--headless", "--jsonl", "-", "--max-frames", "6"]
            if suffix.startswith(".saved"):
                arguments += ["--save", str(folder.parent / "annotated.mp4")]
            return run_command(arguments)

        return Attempt(run, content, suffix)
