"""Read pages and count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from tqdm import tqdm

from dataset.arrays import Half
from dataset.scenes import Scene, render_scene
from dataset.scenes.kinds import Kind, render_kind
from edge_app.reader import read_frame
from edge_app.result import FrameResult
from edge_app.runtime.classifier import Classifier
from train.evaluate.scenes.grids import Grid
from train.evaluate.scenes.tally import Tally, taken_for_digits, tally
from train.evaluate.scenes.worst import Worst

MIXED: Final = "mixed"
"""Name of the pages of `render_scene`."""
TALL: Final = 0.3
"""Height from which what is found in a cell may be its digit, as a share of the cell's."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was counted on one kind of page.

    Attributes:
        kind: of page.
        tally: the counts.
        find_ms: median time to find the digits of a page, in milliseconds.
    """

    kind: str
    tally: Tally
    find_ms: float


@dataclass(frozen=True, slots=True)
class Pages:
    """Which pages are generated.

    Attributes:
        kinds: names of kinds of page.
        count: how many of each.
        seed: of the first page of each kind; the others follow.
        half: what the pages are made of.
    """

    kinds: Sequence[str]
    count: int
    seed: int = 0
    half: Half = "test"


def measure_kinds(pages: Pages, classifier: Classifier, worst: Worst) -> Iterator[Row]:
    """Read generated pages.

    Args:
        pages: which.
        classifier: what runs the bundle.
        worst: keeps the pages with the most errors.
    """
    for kind in pages.kinds:
        render = _renderer(kind, pages.half)
        total, times = Tally(), []
        for number in tqdm(range(pages.seed, pages.seed + pages.count), desc=kind, unit="page", disable=None):
            scene = render(number)
            result = read_frame(scene.image, classifier)
            counts = tally(scene, result)
            worst.look(kind, number, scene, result, counts)
            total += counts
            times.append(result.latency.find)
        yield Row(kind, total, float(np.median(times)))


def measure_grid(grid: Grid, classifier: Classifier) -> tuple[Row, FrameResult]:
    """Read a photographed sudoku.

    What is found in a cell without a handwritten digit is taken for the printed one that stands there, whatever its
    label; what is found outside the grid, or beside the digit of a cell, is taken for no digit.
    """
    result = taken_for_digits(read_frame(grid.image, classifier))
    unsure = [prediction.unsure for prediction in result.raw.predictions]
    labels = [prediction.label for prediction in result.raw.predictions]
    tallest: dict[tuple[int, int], int] = {}
    for number, digit in enumerate(result.digits):
        box = digit.box
        cell = grid.cell((box.x + box.width / 2, box.y + box.height / 2))
        if cell is not None and box.height >= TALL * grid.height(*cell):
            before = tallest.get(cell)
            if before is None or result.digits[before].box.height < box.height:
                tallest[cell] = number
    kept = set(tallest.values())
    strange = [number for number in range(len(labels)) if number not in kept]
    found = {cell: number for cell, number in tallest.items() if cell in grid.labels}
    wrong = [number for cell, number in found.items() if labels[number] != grid.labels[cell]]
    silent_strange = sum(not unsure[number] for number in strange)
    counts = Tally(
        pages=1,
        digits=len(grid.labels),
        found=len(found),
        right=len(found) - len(wrong),
        shown=len(labels),
        strange=len(strange),
        warned=sum(unsure),
        silent=silent_strange + sum(not unsure[number] for number in wrong),
        silent_strange=silent_strange,
    )
    return Row(grid.name, counts, result.latency.find), result


def _renderer(kind: str, half: Half) -> Callable[[int], Scene]:
    return render_scene if kind == MIXED else lambda seed: render_kind(Kind(kind), half, seed)
