"""How the user wants to see things, and the picture that comes of it."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.overlay import Scene, Status, draw_scene
from edge_app.reader import Reading
from edge_app.runtime.manifest import Manifest
from edge_app.sources import Frame, Kind
from edge_app.tracking import POOLED_S, Sighting, Tracker

LEVELS: Final = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
USUAL_SIZE: Final = (640, 480)
STICKINESS: Final = 0.15
"""How much nearer to the middle, as a share of the picture's width, another digit must be to take the focus."""


class View:
    """Follows the digits and draws them; its attributes are the user's to change.

    Attributes:
        panel: whether the panel is shown.
        mirrored: whether the picture is shown as in a mirror.
        help: whether the keys are explained.
        samples: how many weight samples what is shown is based on.
        message: a short word to the user; empty for none.
    """

    def __init__(self, manifest: Manifest, kind: Kind) -> None:
        """Start with the panel, and with all samples.

        Args:
            manifest: the bundle's.
            kind: the source's; separate pictures are not pooled.
        """
        self.panel = True
        self.mirrored = False
        self.help = False
        self.message = ""
        self.samples = manifest.samples
        self._manifest = manifest
        self._tracker = Tracker(manifest.thresholds, pooled_s=0 if kind is Kind.PICTURES else POOLED_S)
        self._speed = _Speed()
        self._focus: int | None = None
        self._newest: tuple[Frame, Reading] | None = None

    def take(self, frame: Frame, reading: Reading, now_s: float) -> None:
        """Take in the next frame, read at `now_s` seconds of a steady clock."""
        self._tracker.follow(reading, frame.time_s)
        self._speed.tick(now_s)
        self._newest = (frame, reading)

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of the newest frame, or of a usual one before the first."""
        if self._newest is None:
            return USUAL_SIZE
        height, width = self._newest[0].image.shape[:2]
        return width, height

    def more_samples(self) -> None:
        """Show what more of the weight samples say."""
        self.samples = min((level for level in self._levels() if level > self.samples), default=self.samples)

    def fewer_samples(self) -> None:
        """Show what fewer of the weight samples say."""
        self.samples = max((level for level in self._levels() if level < self.samples), default=self.samples)

    def draw(self) -> NDArray[np.uint8]:
        """Draw the newest frame as the user wants to see it, uint8 [H, W, 3] BGR.

        Raises:
            ValueError: no frame was taken yet.
        """
        return draw_scene(self.scene())

    def scene(self) -> Scene:
        """Say what is to be seen now.

        Raises:
            ValueError: no frame was taken yet.
        """
        if self._newest is None:
            raise ValueError("no frame was taken yet")
        frame, reading = self._newest
        sightings = self._tracker.sightings(self.samples)
        focus = _choose_focus(sightings, frame.image.shape[:2], self._focus)
        self._focus = None if focus is None else sightings[focus].track
        status = Status(
            frames_per_second=self._speed.rate,
            latency_ms=reading.latency.total,
            samples=self.samples,
            calibrated=self._manifest.samples,
            message=self.message,
        )
        return Scene(
            image=frame.image,
            sightings=sightings,
            focus=focus,
            labels=self._manifest.labels,
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


def _choose_focus(sightings: tuple[Sighting, ...], size: tuple[int, int], current: int | None) -> int | None:
    """Choose the digit nearest to the middle, and stay with it until another one is clearly nearer.

    An unsure one goes first, so that no warning is out of focus.
    """
    if not sightings:
        return None
    height, width = size

    def distance(i: int) -> float:
        box = sightings[i].digit.box
        away = math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2)
        return away - (STICKINESS * width if sightings[i].track == current else 0)

    return min(range(len(sightings)), key=lambda i: (not sightings[i].prediction.unsure, distance(i)))
