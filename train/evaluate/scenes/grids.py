"""Photographed sudokus: where their cells are, and which handwritten digit is in which."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from train.errors import TrainError

CELLS: Final = 9
STEP: Final = 48
"""Side of a cell in the straightened grid, in pixels."""
ASTRAY: Final = 16
"""How far a corner of a cell on bent paper may be from where flat paper has it, in those pixels."""
TABLE: Final = (120, 130, 135)
"""Colour of a table, BGR."""
NAME: Final = re.compile(r"(?P<page>.+)_r(?P<row>\d)c(?P<column>\d)_\d\.png")
CONTRASTS: Final = (8, 15, 25)
"""Grey levels by which a grid's lines may be darker than the paper."""
SEARCHED: Final = 1280
"""Longer side in pixels to which a photograph is shrunk to find its grid."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A photographed sudoku.

    Attributes:
        name: of the page, without the ending.
        image: uint8 [H, W, 3], BGR.
        corners: of the cells in pixels of the image, (x, y), float32 [10, 10, 2].
        labels: handwritten digits by row and column, counted from 0.
    """

    name: str
    image: NDArray[np.uint8]
    corners: NDArray[np.float32]
    labels: dict[tuple[int, int], int]

    def cell(self, point: tuple[float, float]) -> tuple[int, int] | None:
        """Row and column of the cell that holds a point (x, y) of the image; None outside the grid."""
        for row in range(CELLS):
            for column in range(CELLS):
                if cv2.pointPolygonTest(self._outline(row, column), point, measureDist=False) >= 0:
                    return row, column
        return None

    def height(self, row: int, column: int) -> float:
        """Height of a cell in pixels of the image."""
        top, right, bottom, left = self._outline(row, column)
        return float(np.linalg.norm(left - top) + np.linalg.norm(bottom - right)) / 2

    def _outline(self, row: int, column: int) -> NDArray[np.float32]:
        return np.array([self.corners[row + y, column + x] for y, x in ((0, 0), (0, 1), (1, 1), (1, 0))], np.float32)


def askew(grid: Grid, degrees: float) -> Grid:
    """See a page askew on a grey table: turned clockwise about its middle, whole, in a picture as large as it needs."""
    height, width = grid.image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    across, down = np.abs(turn[:, :2]) @ [width, height]
    turn[:, 2] += [(across - width) / 2, (down - height) / 2]
    image = cv2.warpAffine(grid.image, turn, (round(across), round(down)), borderValue=TABLE)
    corners = np.asarray(cv2.transform(grid.corners, turn), np.float32)
    return replace(grid, image=np.asarray(image, np.uint8), corners=corners)


def read_grids(pages: Path, labels: Path) -> list[Grid]:
    """Read every photograph of a folder whose name's beginning the list of labels knows.

    Args:
        pages: a folder of JPEG files, NAME.jpg and NAME.ANYTHING.jpg.
        labels: a CSV file with columns `file`, NAME_rROWcCOLUMN_LABEL.png, and `label`.

    Raises:
        TrainError: the list or a photograph cannot be read, or shows no grid.
    """
    written: dict[str, dict[tuple[int, int], int]] = {}
    try:
        with labels.open(newline="") as file:
            for line in csv.DictReader(file):
                if found := NAME.fullmatch(line["file"]):
                    place = int(found["row"]), int(found["column"])
                    written.setdefault(found["page"], {})[place] = int(line["label"])
    except (OSError, KeyError, ValueError) as error:
        raise TrainError(f"{labels}: cannot be read ({error}); expected columns file and label") from None
    grids = [
        Grid(path.stem, image, _corners(image, path), written[path.name.split(".")[0]])
        for path in sorted(pages.glob("*.jpg"))
        if path.name.split(".")[0] in written
        for image in [_read(path)]
    ]
    if not grids:
        raise TrainError(f"{pages}: holds no photograph that {labels} names; expected NAME.jpg")
    return grids


def _read(path: Path) -> NDArray[np.uint8]:
    # The row and the column of a cell count as the picture is stored; some of these carry a wrong tag of orientation.
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise TrainError(f"{path}: cannot be read as a picture")
    return np.asarray(image, np.uint8)


def _corners(image: NDArray[np.uint8], path: Path) -> NDArray[np.float32]:
    """Find the corners of the cells in pixels of the image, (x, y), float32 [10, 10, 2]."""
    scale = SEARCHED / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    grids = [
        _straighten((pieces == piece).astype(np.uint8))
        for contrast in CONTRASTS
        for pieces, large in [_large_pieces(grey, contrast)]
        for piece in large
    ]
    if not grids:
        raise TrainError(f"{path}: shows no grid of squares")
    return max(grids, key=lambda grid: grid[0])[1] / np.float32(scale)


def _large_pieces(grey: NDArray[np.uint8], contrast: int) -> tuple[NDArray[np.int32], list[int]]:
    """Number the pieces of ink that is so many grey levels darker than what is around it, and pick large ones."""
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 51, contrast)
    _, pieces, statistics, _ = cv2.connectedComponentsWithStats(dark)
    sides = statistics[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].min(axis=1)
    return np.asarray(pieces, np.int32), (1 + np.flatnonzero(sides[1:] >= min(grey.shape) / 3)).tolist()


def _straighten(grid: NDArray[np.uint8]) -> tuple[float, NDArray[np.float32]]:
    """Straighten a piece of ink by its outermost corners and look for crossings: how well they fit, and where."""
    y, x = np.nonzero(grid)
    ends = [np.argmin(x + y), np.argmax(x - y), np.argmax(x + y), np.argmin(x - y)]
    seen = np.stack([x[ends], y[ends]], axis=1).astype(np.float32)
    side, margin = CELLS * STEP, STEP
    flat = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32) + margin
    straighten = cv2.getPerspectiveTransform(seen, flat)
    around = (side + 2 * margin, side + 2 * margin)
    straight = np.asarray(cv2.warpPerspective(255 * grid, straighten, around), np.uint8)
    crossings = [_crossing(straight, row, column) for row in range(10) for column in range(10)]
    points = np.array([[point for _, point in crossings]], np.float32)
    back = cv2.perspectiveTransform(points, np.linalg.inv(straighten)).reshape(10, 10, 2)
    return sum(score for score, _ in crossings), np.asarray(back, np.float32)


def _crossing(straight: NDArray[np.uint8], row: int, column: int) -> tuple[float, tuple[float, float]]:
    """Find where two lines cross, near where they should, in the straightened grid: how clearly, and (x, y)."""
    x, y = STEP + column * STEP, STEP + row * STEP
    half = STEP // 3
    cross = np.full((2 * half + 1, 2 * half + 1), -0.5, np.float32)
    line, before, after = slice(half - 1, half + 2), slice(0, half + 2), slice(half - 1, None)
    for there, ys, xs in (
        (row > 0, before, line),
        (row < CELLS, after, line),
        (column > 0, line, before),
        (column < CELLS, line, after),
    ):
        if there:
            cross[ys, xs] = 1.0
    reach = half + ASTRAY
    around = straight[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(np.float32) / 255
    away = np.abs(np.mgrid[-ASTRAY : ASTRAY + 1, -ASTRAY : ASTRAY + 1]).sum(axis=0)
    score = cv2.matchTemplate(around, cross, cv2.TM_CCORR) - 0.3 * away
    found = np.unravel_index(np.argmax(score), score.shape)
    return float(score[found]), (float(x + found[1] - ASTRAY), float(y + found[0] - ASTRAY))
