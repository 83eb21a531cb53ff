"""Read pages and count, each page a job of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from tqdm import tqdm

from dataset.arrays import Half
from dataset.scenes import Scene, render_scene
from dataset.scenes.kinds import Kind, render_kind
from edge_app.jobs import HERE, Place
from edge_app.reader import read_frame
from edge_app.result import FrameResult
from edge_app.runtime.classifier import Classifier
from train.evaluate.kept import run_kept
from train.evaluate.pinned import PinnedBundle
from train.evaluate.scenes.grids import Grid
from train.evaluate.scenes.tally import Tally, taken_for_digits, tally

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


@dataclass(frozen=True, slots=True)
class Page:
    """A generated page to be read, in whatever process.

    Attributes:
        kind: of page, by its name.
        half: what it is made of.
        seed: which one of its kind.
        bundle: what it is read with.
    """

    kind: str
    half: Half
    seed: int
    bundle: PinnedBundle


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted on a page, and how long its digits took to find, in milliseconds."""

    tally: Tally
    find_ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of each kind of page, and every page with its counts, kind by kind."""

    rows: tuple[Row, ...]
    pages: tuple[tuple[Page, Tally], ...]


def measure_kinds(wanted: Pages, bundle: Path, place: Place = HERE, keep: Path | None = None) -> Measured:
    """Read generated pages.

    Args:
        wanted: which.
        bundle: the bundle's folder.
        place: where they are read; counts are whole numbers, which add up to the same everywhere.
        keep: folder in which what was counted is kept, and looked for first; None for none.

    Raises:
        EdgeError: the bundle cannot be read.
        TrainError: it is replaced meanwhile.
    """
    pinned = PinnedBundle.at(bundle)
    numbers = range(wanted.seed, wanted.seed + wanted.count)
    pages = [Page(kind, wanted.half, number, pinned) for kind in wanted.kinds for number in numbers]
    jobs = tqdm(run_kept(read_page, pages, place, keep), total=len(pages), unit="page", disable=None)
    done = [counted for _, counted in sorted(jobs, key=lambda job: job[0])]
    rows = []
    for index, kind in enumerate(wanted.kinds):
        same = done[index * wanted.count : (index + 1) * wanted.count]
        find_ms = float(np.median([counted.find_ms for counted in same]))
        rows.append(Row(kind, sum((counted.tally for counted in same), Tally()), find_ms))
    return Measured(tuple(rows), tuple(zip(pages, (counted.tally for counted in done), strict=True)))


def read_page(page: Page) -> Counted:
    """Read a generated page and count.

    Raises:
        EdgeError: the bundle cannot be read.
        TrainError: this process finds another one there.
    """
    scene = render(page)
    result = read_frame(scene.image, open_once(page.bundle))
    return Counted(tally(scene, result), result.latency.find)


def render(page: Page) -> Scene:
    """Draw a page."""
    return render_scene(page.seed) if page.kind == MIXED else render_kind(Kind(page.kind), page.half, page.seed)


@lru_cache(maxsize=1)
def open_once(bundle: PinnedBundle) -> Classifier:
    """Open a bundle for all the pages that this process reads with it.

    Raises:
        EdgeError: it cannot be read.
        TrainError: another one is there.
    """
    cv2.setNumThreads(1)
    return bundle.open()


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
