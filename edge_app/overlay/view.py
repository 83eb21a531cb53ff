"""Draws results as the user wants to see them: one view follows one run."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box
from edge_app.overlay.compose import draw_frame
from edge_app.overlay.frame import AnnotatedFrame, ReadDigit, Status
from edge_app.result import FrameResult, Track
from edge_app.runtime.manifest import Manifest
from edge_app.sources import Frame

LEVELS: Final = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
USUAL_SIZE: Final = (640, 480)
STICKINESS: Final = 0.15
"""How much nearer to the middle, as a share of the picture's width, another digit must be to take the focus."""


class View:
    """Draws the steady reading of the newest frame; its attributes are the user's to change.

    Attributes:
        panel: whether the panel is shown.
        mirrored: whether the picture is shown as in a mirror.
        help: whether the keys are explained.
        samples: how many weight samples what is shown is based on.
        message: a short word to the user; empty for none.
        labels: the classes' names.
        result: the newest frame's result, its steady reading as it was drawn last; None before the first.
    """

    def __init__(self, manifest: Manifest) -> None:
        """Start with the panel, and with all of the bundle's samples."""
        self.panel = True
        self.mirrored = False
        self.help = False
        self.message = ""
        self.samples = manifest.samples
        self.labels = manifest.labels
        self.result: FrameResult | None = None
        self._manifest = manifest
        self._speed = _Speed()
        self._focus: int | None = None

    def show(self, result: FrameResult, now_s: float) -> NDArray[np.uint8]:
        """Draw the next frame, read at `now_s` seconds of a steady clock; see `draw`."""
        self._speed.tick(now_s)
        self.result = result
        return self.draw()

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of the newest frame, or of a usual one before the first."""
        if self.result is None:
            return USUAL_SIZE
        height, width = _shown(self.result.frame).shape[:2]
        return width, height

    def more_samples(self) -> None:
        """Show what more of the weight samples say."""
        self.samples = min((level for level in self._levels() if level > self.samples), default=self.samples)

    def fewer_samples(self) -> None:
        """Show what fewer of the weight samples say."""
        self.samples = max((level for level in self._levels() if level < self.samples), default=self.samples)

    def draw(self) -> NDArray[np.uint8]:
        """Draw the newest frame as the user wants to see it now, uint8 [H, W, 3] BGR with even sides.

        Raises:
            ValueError: no frame was shown yet.
        """
        return draw_frame(self.annotated())

    def annotated(self) -> AnnotatedFrame:
        """Say what is to be seen now.

        Raises:
            ValueError: no frame was shown yet.
        """
        if self.result is None:
            raise ValueError("no frame was shown yet")
        result = self.result = self.result.with_samples(self.samples)
        image = _shown(result.frame)
        scale = image.shape[1] / result.frame.image.shape[1]
        found = (replace(digit, box=_scaled(digit.box, scale)) for digit in result.digits)
        digits = tuple(map(ReadDigit, found, result.steady.predictions))
        focus = _choose_focus(digits, result.tracks, image.shape[:2], self._focus)
        self._focus = None if focus is None else result.tracks[focus].number
        status = Status(
            frames_per_second=self._speed.rate,
            latency_ms=result.latency.total,
            samples=self.samples,
            calibrated=self._manifest.samples,
            more=result.more,
            unlike=result.drift is not None and result.drift.alarmed_at is not None,
            message=self.message,
        )
        return AnnotatedFrame(
            image=image,
            digits=digits,
            focus=focus,
            labels=self.labels,
            status=status,
            panel=self.panel,
            mirrored=self.mirrored,
            help=self.help,
        )

    def _levels(self) -> set[int]:
        return {level for level in LEVELS if level < self._manifest.samples} | {self._manifest.samples}


class _Speed:
    """Frames a second, over the last second or so."""

    def __init__(self) -> None:
        self.rate = 0.0
        self._ticks: deque[float] = deque()

    def tick(self, now_s: float) -> None:
        self._ticks.append(now_s)
        while now_s - self._ticks[0] > 1.0 and len(self._ticks) > 2:
            self._ticks.popleft()
        passed = now_s - self._ticks[0]
        self.rate = (len(self._ticks) - 1) / passed if passed > 0 else 0.0


def _shown(frame: Frame) -> NDArray[np.uint8]:
    image = frame.image if frame.shown is None else frame.shown
    return image if image.ndim == 3 else np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(scale * value) for value in (box.x, box.y, box.width, box.height)))


def _choose_focus(
    digits: tuple[ReadDigit, ...], tracks: tuple[Track, ...], size: tuple[int, int], current: int | None
) -> int | None:
    """Choose the digit nearest to the middle, and stay with it until another one is clearly nearer.

    An unsure one goes first, so that no warning is out of focus.
    """
    if not digits:
        return None
    height, width = size

    def distance(i: int) -> float:
        box = digits[i].digit.box
        away = math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2)
        return away - (STICKINESS * width if tracks[i].number == current else 0)

    return min(range(len(digits)), key=lambda i: (not digits[i].prediction.unsure, distance(i)))
