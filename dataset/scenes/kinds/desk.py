"""What a page is drawn with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from dataset.scenes import lettering
from dataset.scenes.camera import Pose
from dataset.scenes.pen import Hand
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH, blank_sheet, lay_on_desk
from dataset.scenes.stock import Stock
from dataset.scenes.writing import Writer

CLEAR: Final = 15
"""Pixels between print and the right edge of the view."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a page is drawn with.

    Attributes:
        stock: what pages are made of.
        rng: the source of all chance.
    """

    stock: Stock
    rng: np.random.Generator

    def writer(self, size: float, view: tuple[int, int] = (WIDTH, HEIGHT)) -> Writer:
        """Lay a sheet for a view of a width and height, to be written on with digits of about a height in pixels."""
        rng, pens, papers = self.rng, self.stock.pens, self.stock.papers
        sheet = blank_sheet(papers[rng.integers(len(papers))], rng.uniform(0, 0.02), rng, view)
        nib = rng.uniform(max(1.6, 0.05 * size), max(2.0, 0.1 * size)) if rng.random() < 0.6 else None
        hand = Hand(size, rng.uniform(0.5, 0.62), rng.uniform(0, 0.15), pens[rng.integers(len(pens))], nib)
        return Writer(sheet, hand, self.stock.digits, _held(rng), rng)

    def uniform(self, low: float, high: float) -> float:
        """Draw a number."""
        return float(self.rng.uniform(low, high))


def print_text(writer: Writer, desk: Desk, words: int, corner: tuple[float, float], height: float) -> None:
    """Print words from an upper left corner (y, x) on, as far as the view goes, capitals of a height in pixels."""
    font = desk.stock.fonts[desk.rng.integers(len(desk.stock.fonts))]
    top, left = round(corner[0]), round(corner[1])
    room = writer.sheet.size[0] + MARGIN - CLEAR - left
    text = lettering.line(desk.rng, words)
    drawn = lettering.printed(text, font, height)[:, : max(1, room)]
    writer.sheet.mark(drawn, top, left, (0.12, 0.12, 0.12), "print")
    for label, columns in lettering.digits_of(text, font, height):
        if columns.stop <= drawn.shape[1]:
            writer.sheet.note_printed(drawn[:, columns], top, left + columns.start, label)


def lay(writer: Writer) -> None:
    """Let the sheet end in view now and then, and show the desk beyond."""
    if writer.rng.random() < 0.25:
        lay_on_desk(writer.sheet, writer.rng)


def _held(rng: np.random.Generator) -> Pose:
    lean = (rng.uniform(-0.12, 0.12), rng.uniform(-0.12, 0.12))
    return Pose(turn=rng.normal(0, 3.5), zoom=rng.uniform(0.94, 1.06), tilt=lean)
