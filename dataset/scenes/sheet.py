"""A sheet of paper or a board in its own plane: what reflects how much light, and what owns which pixel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dataset.scenes.pen import Colour, DrawnDigit
from dataset.scenes.scene import IN_TEXT
from dataset.scenes.texture import blotches, fibres, grain

Array = NDArray[np.float32]

WIDTH: Final = 640
HEIGHT: Final = 480
MARGIN: Final = 160
"""How far a sheet goes on beyond the view of a camera that looks at it straight, in pixels."""
SPECK: Final = 0.05
"""Share of a digit's ink below which a piece apart is no part of its box."""
PAPERS: Final[tuple[Colour, ...]] = (
    (0.93, 0.93, 0.92),
    (0.82, 0.90, 0.94),
    (0.80, 0.80, 0.80),
    (0.93, 0.88, 0.84),
    (0.70, 0.82, 0.90),
)
BOARDS: Final[tuple[Colour, ...]] = ((0.10, 0.10, 0.10), (0.16, 0.24, 0.12), (0.28, 0.16, 0.10), (0.14, 0.14, 0.18))
DESKS: Final[tuple[Colour, ...]] = (
    (0.12, 0.20, 0.32),
    (0.25, 0.40, 0.55),
    (0.12, 0.12, 0.12),
    (0.45, 0.45, 0.45),
    (0.30, 0.22, 0.16),
)


@dataclass(slots=True)
class Sheet:
    """What is on the sheet; x and y count from the sheet's own corner, MARGIN before the view's.

    Attributes:
        reflectance: share of the light that comes back, float32 [H, W, 3], BGR, 0 to 1.
        owner: number of what a pixel belongs to, int16 [H, W]: digits count from 1 up, other things from -1 down, and
            0 is bare paper.
        marked: where something is written already, uint8 [H, W].
        written: label and index of each digit, in the order of their numbers.
        strange: what each thing is that is no digit, in the order of their numbers.
    """

    reflectance: Array
    owner: NDArray[np.int16]
    marked: NDArray[np.uint8]
    written: list[tuple[int, int]] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of the view of a camera that looks at the sheet straight."""
        return self.owner.shape[1] - 2 * MARGIN, self.owner.shape[0] - 2 * MARGIN

    def paint(self, coverage: Array, top: int, left: int, colour: Colour) -> None:
        """Cover a region with ink of a colour, as far as `coverage`, float32 [h, w] in 0 to 1, says."""
        region = (slice(top, top + coverage.shape[0]), slice(left, left + coverage.shape[1]))
        covered = coverage[..., None]
        self.reflectance[region] = self.reflectance[region] * (1 - covered) + np.array(colour, np.float32) * covered

    def write(self, digit: DrawnDigit, top: int, left: int) -> None:
        """Write a digit and note what it is."""
        self.paint(digit.coverage, top, left, digit.colour)
        self.written.append((digit.label, digit.index))
        height, width = digit.coverage.shape
        self.owner[top : top + height, left : left + width][_without_specks(digit.coverage > 0.5)] = len(self.written)
        self.marked[top : top + height, left : left + width] = 1

    def mark(self, coverage: Array, top: int, left: int, colour: Colour, sort: str) -> None:
        """Write something that is no digit, and note what it is."""
        self.paint(coverage, top, left, colour)
        self.strange.append(sort)
        height, width = coverage.shape
        self.owner[top : top + height, left : left + width][coverage > 0.5] = -len(self.strange)
        self.marked[top : top + height, left : left + width] = 1

    def note_printed(self, coverage: Array, top: int, left: int, label: int) -> None:
        """Note that a part of a printed text is a digit, as far as its `coverage`, float32 [h, w] in 0 to 1, says."""
        self.written.append((label, IN_TEXT))
        height, width = coverage.shape
        self.owner[top : top + height, left : left + width][coverage > 0.5] = len(self.written)

    def is_free(self, top: int, left: int, height: int, width: int) -> bool:
        """Tell whether nothing is written in a region and all of it is on the sheet."""
        if min(top, left) < 0 or top + height > self.owner.shape[0] or left + width > self.owner.shape[1]:
            return False
        return not self.marked[top : top + height, left : left + width].any()


def _without_specks(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out the specks that some of MNIST's scans hold beside the digit."""
    _, pieces, statistics, _ = cv2.connectedComponentsWithStats(inked.astype(np.uint8), connectivity=8)
    areas = statistics[:, cv2.CC_STAT_AREA]
    areas[0] = 0
    return np.asarray((areas >= SPECK * areas.sum())[pieces] & inked)


def blank_sheet(
    colour: Colour, roughness: float, rng: np.random.Generator, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Sheet:
    """Make an empty sheet for a view of a width and a height in pixels.

    Its brightness varies by about the share `roughness`, in blotches and in fibres.
    """
    shape = (size[1] + 2 * MARGIN, size[0] + 2 * MARGIN)
    texture = 1 + roughness * (0.7 * blotches(shape, 40, rng) + 0.5 * fibres(shape, rng))
    reflectance = np.clip(texture[..., None] * np.array(colour, np.float32), 0, 1, dtype=np.float32)
    return Sheet(reflectance, np.zeros(shape, np.int16), np.zeros(shape, np.uint8))


def lay_on_desk(sheet: Sheet, rng: np.random.Generator) -> None:
    """Let the sheet end within the view, on one to three sides, and show the desk beyond."""
    height, width = sheet.owner.shape
    top, left, bottom, right = 0, 0, height, width
    for side in rng.choice(4, rng.integers(1, 4), replace=False):
        inset = MARGIN + int(rng.uniform(15, 70))
        match side:
            case 0:
                top = inset
            case 1:
                left = inset
            case 2:
                bottom = height - inset
            case _:
                right = width - inset
    wood = 1 + 0.1 * grain((height, width), (12, 150), rng)
    desk = wood[..., None] * np.array(DESKS[rng.integers(len(DESKS))], np.float32)
    beyond = np.ones((height, width), bool)
    beyond[top:bottom, left:right] = False
    sheet.reflectance[beyond] = np.clip(desk[beyond], 0, 1)
    sheet.marked[beyond] = 1
    sheet.strange.append("desk")
    sheet.owner[beyond] = -len(sheet.strange)
