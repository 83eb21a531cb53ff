"""Frames that are as hard to read as frames can be: a bounded time for each."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
from guarded import Bounds
from hunt import Attempt
from numpy.typing import NDArray

from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import Reader, open_classifier
from edge_app.sources import Frame

SIZES = ((480, 640), (960, 1280), (1080, 1920))


class Frames:
    """Each attempt reads one generated frame; the time includes nothing else."""

    name = "frames"
    bounds = Bounds(seconds=120.0, processor=1.0)

    def prepare(self, folder: Path) -> None:
        """Open the shipped bundle."""
        self._reader = Reader(open_classifier(DEFAULT_BUNDLE, threads=1))
        self._reader.read(Frame(np.full((480, 640, 3), 255, np.uint8), 0.0))
        (folder / "mine.txt").write_text("mine")

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Draw strokes, noise, chequers, stripes or text all over the frame."""
        frame = _draw(rng, *rng.choice(SIZES))
        return self.replay(cv2.imencode(".png", frame)[1].tobytes(), ".png", folder)

    def replay(self, content: bytes, suffix: str, folder: Path) -> Attempt:  # noqa: ARG002 - writes nothing
        """Read one frame."""
        frame = np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)

        def read() -> int:
            self._reader.read(Frame(frame, 0.0))
            return 0

        return Attempt(read, content, suffix, frozenset({0}))


def _draw(rng: random.Random, height: int, width: int) -> NDArray[np.uint8]:
    frame = np.full((height, width, 3), 255, np.uint8)
    rng.choice((_strokes, _noise, _chequers, _stripes, _text, _blots, _scribbles))(frame, rng.randrange(6, 60), rng)
    return frame


def _strokes(frame: NDArray[np.uint8], pitch: int, rng: random.Random) -> None:
    """Short strokes on a grid, each the shape of a 1."""
    for y in range(2, frame.shape[0] - pitch, pitch):
        for x in range(2, frame.shape[1] - pitch, max(3, pitch // 2)):
            cv2.line(frame, (x, y), (x + rng.randrange(3), y + pitch - 4), (0, 0, 0), 1 + pitch // 12)


def _noise(frame: NDArray[np.uint8], pitch: int, rng: random.Random) -> None:  # noqa: ARG001 - every pixel by itself
    frame[:] = np.random.default_rng(rng.randrange(2**32)).integers(0, 256, frame.shape, np.uint8)


def _chequers(frame: NDArray[np.uint8], pitch: int, rng: random.Random) -> None:  # noqa: ARG001 - no chance in it
    rows, columns = np.indices(frame.shape[:2]) // pitch
    frame[(rows + columns) % 2 == 0] = 0


def _stripes(frame: NDArray[np.uint8], pitch: int, rng: random.Random) -> None:  # noqa: ARG001 - no chance in it
    frame[:, (np.arange(frame.shape[1]) // max(2, pitch // 4)) % 2 == 0] = 0


def _text(frame: NDArray[np.uint8], pitch: int, rng: random.Random) -> None:
    for y in range(pitch, frame.shape[0], pitch):
        line = "".join(rng.choice("0123456789 ") for _ in range(2 * frame.shape[1] // pitch))
        cv2.putText(frame, line, (0, y), cv2.FONT_HERSHEY_SIMPLEX, pitch / 40, (0, 0, 0), 1 + pitch // 25)


def _blots(frame: NDArray[np.uint8], pitch: int, rng: random.Random) -> None:
    noise = np.random.default_rng(rng.randrange(2**32)).standard_normal(frame.shape[:2], np.float32)
    frame[cv2.GaussianBlur(noise, (0, 0), pitch / 8) > 0] = 0


def _scribbles(frame: NDArray[np.uint8], pitch: int, rng: random.Random) -> None:
    numbers = np.random.default_rng(rng.randrange(2**32))
    for _ in range(300):
        points = numbers.integers(0, (frame.shape[1], frame.shape[0]), (12, 2)).astype(np.int32)
        cv2.polylines(frame, [points], isClosed=False, color=(0, 0, 0), thickness=1 + pitch // 20)
