"""Where digits stand on a sheet: scattered, in numbers row by row, in the cells of a table, or half out of view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from dataset.load import Split
from dataset.scenes.camera import Pose
from dataset.scenes.pen import DrawnDigit, Hand, draw_digit
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH, Sheet

CLEAR: Final = 6
"""Pixels between a digit and the edge of the view."""
MOST: Final = 12
"""Digits on a sheet, those in cells aside."""


class Cells(NamedTuple):
    """Cells of a table.

    Attributes:
        corners: their upper left corners, (y, x) in pixels of the sheet.
        height: of each, in pixels.
        width: of each, in pixels.
    """

    corners: list[tuple[float, float]]
    height: float
    width: float


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who writes on a sheet what a camera will see.

    Attributes:
        sheet: what is written on.
        hand: how it is written.
        source: where the digits come from.
        pose: of the camera; digits stay in its view.
        rng: the source of all chance.
    """

    sheet: Sheet
    hand: Hand
    source: Split
    pose: Pose
    rng: np.random.Generator

    def scatter(self) -> None:
        """Write 1 to 12 digits anywhere in view, at least a third of their height apart."""
        wanted = int(self.rng.integers(1, MOST + 1))
        for _ in range(6 * wanted):
            digit = self._draw()
            height, width = digit.coverage.shape
            top = int(self.rng.integers(MARGIN, MARGIN + HEIGHT - height))
            left = int(self.rng.integers(MARGIN, MARGIN + WIDTH - width))
            if len(self.sheet.written) < wanted and self._is_in_view(digit, top, left):
                self._write_apart(digit, top, left)

    def write_numbers(self) -> None:
        """Write numbers of 1 to 4 digits in rows; the digits are 0.15 to 0.4 of their height apart."""
        size = self.hand.size
        top = MARGIN + self.rng.uniform(10, 40)
        while top < MARGIN + HEIGHT - size:
            left = MARGIN + self.rng.uniform(10, 60)
            while left < MARGIN + WIDTH - size / 2:
                left = self._write_number(top, left) + self.rng.uniform(0.5, 2) * size
            top += self.rng.uniform(1.35, 2) * size

    def _write_number(self, top: float, left: float) -> float:
        """Write 1 to 4 digits from a corner on, and tell where they end."""
        for _ in range(self.rng.integers(1, 5)):
            digit = self._draw()
            height, width = digit.coverage.shape
            y, x = round(top + self.rng.uniform(-0.05, 0.05) * self.hand.size), round(left)
            room = len(self.sheet.written) < MOST and self.sheet.is_free(y, x, height, width)
            if room and self._is_in_view(digit, y, x):
                self.sheet.write(digit, y, x)
            left += width + self.rng.uniform(0.15, 0.4) * self.hand.size
        return left

    def fill_cells(self, cells: Cells, share: float) -> None:
        """Write a digit in the middle of a share of the cells."""
        for y, x in cells.corners:
            digit = self._draw()
            height, width = digit.coverage.shape
            top, left = round(y + (cells.height - height) / 2), round(x + (cells.width - width) / 2)
            if self.rng.random() < share and self._is_in_view(digit, top, left):
                self.sheet.write(digit, top, left)

    def write_cut_off(self) -> None:
        """Write a digit that the left or right edge of the view cuts, if there is room."""
        digit = self._draw()
        height, width = digit.coverage.shape
        edge = np.array([[self.rng.choice([0, WIDTH]), self.rng.uniform(0.2, 0.8) * HEIGHT]])
        x, y = _through(np.linalg.inv(self.pose.homography()), edge)[0]
        self._write_apart(digit, round(y - height / 2), round(x - width / 2))

    def write_in(self, middle: tuple[float, float], astray: float = 0.0) -> bool:
        """Write a digit about a point (y, x), astray by up to a share of the hand's size.

        It is left out where it would leave the view or touch what is written already.

        Returns:
            Whether it was written.
        """
        digit = self._draw()
        height, width = digit.coverage.shape
        y, x = np.array(middle) + self.rng.uniform(-astray, astray, 2) * self.hand.size
        top, left = round(y - height / 2), round(x - width / 2)
        fits = self._is_in_view(digit, top, left) and not self._is_touched(digit, top, left)
        if fits:
            self.sheet.write(digit, top, left)
        return fits

    def write_astray(self, middle: tuple[float, float]) -> None:
        """Write a digit about a point (y, x), in the view or not, unless it would touch another."""
        digit = self._draw()
        height, width = digit.coverage.shape
        top, left = round(middle[0] - height / 2), round(middle[1] - width / 2)
        if not self._is_touched(digit, top, left):
            self.sheet.write(digit, top, left)

    def _draw(self) -> DrawnDigit:
        return draw_digit(self.source, self.hand, self.rng)

    def _write_apart(self, digit: DrawnDigit, top: int, left: int) -> None:
        gap = round(self.hand.size / 3)
        height, width = digit.coverage.shape
        if self.sheet.is_free(top - gap, left - gap, height + 2 * gap, width + 2 * gap):
            self.sheet.write(digit, top, left)

    def _is_touched(self, digit: DrawnDigit, top: int, left: int) -> bool:
        """Tell whether something written comes nearer than a person would let it, a twelfth of a digit's height."""
        clear = max(2, round(self.hand.size / 12))
        reach = cv2.dilate(np.pad(digit.coverage, clear), np.ones((2 * clear + 1, 2 * clear + 1), np.uint8)) > 0.1
        height, width = reach.shape
        y, x = max(0, top - clear), max(0, left - clear)
        around = self.sheet.owner[y : y + height, x : x + width]
        return bool((around[reach[: around.shape[0], : around.shape[1]]] != 0).any())

    def _is_in_view(self, digit: DrawnDigit, top: int, left: int) -> bool:
        bottom, right = top + digit.coverage.shape[0], left + digit.coverage.shape[1]
        corners = np.array([[left, top], [right, top], [left, bottom], [right, bottom]])
        size = self.sheet.size
        seen = _through(self.pose.homography(size), corners)
        return bool((seen > CLEAR).all() and (seen < np.array(size) - CLEAR).all())


def _through(homography: NDArray[np.floating], points: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.asarray(cv2.perspectiveTransform(points[None].astype(np.float64), homography)[0], np.float64)
