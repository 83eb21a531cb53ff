"""Pages as they are: a kind of page a function, each with exact truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from dataset.arrays import Half
from dataset.scenes import lettering, marks, printed, surroundings
from dataset.scenes.camera import Light, Pose, Sensor, photograph
from dataset.scenes.pen import Hand
from dataset.scenes.scene import Scene
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH, blank_sheet, lay_on_desk
from dataset.scenes.stock import Stock, stock_of
from dataset.scenes.turning import turned
from dataset.scenes.writing import Writer


class Kind(StrEnum):
    """Kinds of page."""

    SQUARED = "squared"
    LIST = "list"
    FORM = "form"
    SUDOKU = "sudoku"
    TINTED = "tinted"
    ENVELOPE = "envelope"
    FAINT = "faint"
    SHADOW = "shadow"
    WORDS = "words"
    PRINT = "print"
    SIGNATURE = "signature"
    CLOSE = "close"
    EDGE = "edge"
    TURNED = "turned"
    SMALL = "small"


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


def render_kind(kind: Kind, half: Half, seed: int) -> Scene:
    """Draw a page of a kind.

    Args:
        kind: of page.
        half: whose digits, pens, papers and fonts it is made of; MNIST's test digits are in the test half alone.
        seed: the same seed draws the same page, byte for byte.
    """
    rng = np.random.default_rng([seed, *half.encode(), *kind.encode()])
    desk = Desk(stock_of(half), rng)
    writer = _PAGES[kind](desk)
    if kind is not Kind.CLOSE:
        _scatter(writer)
    light = _shadowed(rng) if kind is Kind.SHADOW else Light(fade=rng.uniform(0, 0.3), direction=rng.uniform(0, 6.3))
    scene = photograph(writer.sheet, writer.pose, light, _camera(rng), rng)
    return turned(scene, 90 * int(rng.integers(1, 4))) if kind is Kind.TURNED else scene


def _squared(desk: Desk) -> Writer:
    """Columns of numbers on squared paper, a digit in each square or in each two by two."""
    size = desk.uniform(24, 46)
    writer = desk.writer(size)
    spacing = size / desk.uniform(0.75, 0.98)
    _lay(writer)
    printed.squares(writer.sheet, spacing / int(desk.rng.integers(1, 3)), desk.rng)
    _fill(writer, spacing, spacing, share=desk.uniform(0.3, 0.75))
    return writer


def _list(desk: Desk) -> Writer:
    """A list of numbers, each on a ruled or dotted line or just above it."""
    size = desk.uniform(26, 50)
    writer = desk.writer(size)
    spacing, sit = size * desk.uniform(1.2, 1.7), desk.uniform(-0.02, 0.2)
    baselines = np.arange(MARGIN + 10 + spacing, MARGIN + HEIGHT - 8, spacing)
    _lay(writer)
    printed.baselines(writer.sheet, baselines, dotted=desk.rng.random() < 0.3, rng=desk.rng)
    if desk.rng.random() < 0.4:
        printed.margin(writer.sheet, desk.rng)
    for baseline in baselines:
        left = MARGIN + desk.uniform(30, 60)
        for number in range(3):
            for place in range(int(desk.rng.integers(1, 5))):
                x = left + (0.95 * place + 5.2 * number) * size
                writer.write_in((baseline - (0.5 + sit) * size, x), astray=0.03)
    return writer


def _form(desk: Desk) -> Writer:
    """Rows of boxes with captions; digits touch the boxes and stray over their lines."""
    size = desk.uniform(28, 48)
    writer = desk.writer(size)
    cell, top = size * desk.uniform(1.15, 1.5), MARGIN + 24.0
    while top < MARGIN + HEIGHT - 2.1 * cell:
        _print(writer, desk, lettering.word(desk.rng, 4, 12), (top, MARGIN + 20), 0.35 * size)
        boxes = int(desk.rng.integers(5, 11))
        printed.comb(writer.sheet, (top + 0.5 * size, MARGIN + 20), (cell, cell), boxes, desk.rng)
        for place in range(boxes):
            if desk.rng.random() < 0.8:
                writer.write_in((top + 0.5 * size + cell / 2, MARGIN + 20 + (place + 0.5) * cell), astray=0.1)
        top += cell + desk.uniform(1, 1.5) * size
    return writer


def _sudoku(desk: Desk) -> Writer:
    """Squares with thin and bold lines, printed digits in some and handwritten ones that stray over the lines."""
    cell = desk.uniform(43, 52)
    writer = desk.writer(cell * desk.uniform(0.6, 0.78), (WIDTH, 500))
    top, left = MARGIN + 12.0, MARGIN + desk.uniform(20, 120)
    printed.sudoku(writer.sheet, (top, left), cell, desk.rng)
    font = desk.stock.fonts[desk.rng.integers(len(desk.stock.fonts))]
    for row in range(9):
        for column in range(9):
            middle, chance = (top + (row + 0.5) * cell, left + (column + 0.5) * cell), desk.rng.random()
            if chance < 0.35:
                surroundings.print_digit(writer.sheet, int(desk.rng.integers(1, 10)), font, 0.52 * cell, middle)
            elif chance < 0.75:
                writer.write_in(middle, astray=0.14)
    return writer


def _tinted(desk: Desk) -> Writer:
    """A table with some of its cells tinted, evenly or in halftone."""
    size = desk.uniform(30, 52)
    writer = desk.writer(size)
    height, width = size * desk.uniform(1.4, 1.9), size * desk.uniform(1.4, 2)
    corners = [
        (y, x)
        for y in np.arange(MARGIN + 15, MARGIN + HEIGHT - height - 5, height)
        for x in np.arange(MARGIN + 15, MARGIN + WIDTH - width - 5, width)
    ]
    surroundings.tint(writer.sheet, [c for c in corners if desk.rng.random() < 0.4], (height, width), desk.rng)
    printed.cells(writer.sheet, corners, (height, width), desk.rng)
    for y, x in corners:
        if desk.rng.random() < 0.6:
            writer.write_in((y + height / 2, x + width / 2), astray=0.08)
    return writer


def _envelope(desk: Desk) -> Writer:
    """A border of dark stripes, numbers and an address."""
    size = desk.uniform(26, 56)
    writer = desk.writer(size)
    surroundings.stripes(writer.sheet, desk.rng)
    _rows(writer, desk, (50, 50), spread=desk.uniform(0.85, 1.1))
    return writer


def _faint(desk: Desk) -> Writer:
    """Faint writing beside bold, and a heavy bar."""
    size = desk.uniform(28, 60)
    writer = desk.writer(size)
    paper = float(np.median(writer.sheet.reflectance))
    level = paper - desk.uniform(0.16, 0.3)
    pencil = replace(writer.hand, colour=(level, level, level), nib=max(1.8, 0.07 * size))
    bold = replace(writer.hand, colour=(0.05, 0.05, 0.05), boldness=0.65, nib=None)
    for y in np.arange(MARGIN + 12 + 0.7 * size, MARGIN + HEIGHT - 0.8 * size, 1.5 * size):
        for x in np.arange(MARGIN + 20 + size, MARGIN + WIDTH - size, 1.15 * size):
            hand = pencil if desk.rng.random() < 0.6 else bold
            if desk.rng.random() < 0.5:
                replace(writer, hand=hand).write_in((y, x), astray=0.06)
    return writer


def _shadow(desk: Desk) -> Writer:
    """Numbers on a folded sheet; a hand or a phone throws its shadow on them."""
    size = desk.uniform(26, 60)
    writer = desk.writer(size)
    surroundings.fold(writer.sheet, desk.rng)
    _rows(writer, desk, (20, 20), spread=1.0)
    return writer


def _words(desk: Desk) -> Writer:
    """Notes: handwritten words with numbers between."""
    size = desk.uniform(28, 46)
    writer = desk.writer(size)
    _lay(writer)
    hand = desk.stock.hands[desk.rng.integers(len(desk.stock.hands))]
    nib = writer.hand.nib or 0.07 * size
    for y in np.arange(MARGIN + 12 + 0.7 * size, MARGIN + HEIGHT - 0.8 * size, 1.6 * size):
        x = MARGIN + desk.uniform(20, 60)
        while x < MARGIN + WIDTH - 2 * size:
            if desk.rng.random() < 0.5:
                drawn = lettering.handwritten(lettering.word(desk.rng, 1, 6), hand, 0.8 * size, nib, desk.rng)
                surroundings.set_beside(writer.sheet, drawn, (y, x), writer.hand.colour, "word")
                x += drawn.shape[1]
            else:
                for _ in range(int(desk.rng.integers(1, 4))):
                    writer.write_in((y, x + 0.5 * size), astray=0.04)
                    x += size
            x += desk.uniform(0.5, 0.9) * size
    return writer


def _print_beside(desk: Desk) -> Writer:
    """Printed lines with handwritten numbers between and beside."""
    size = desk.uniform(28, 56)
    writer = desk.writer(size)
    letter = desk.uniform(9, 20)
    for y in np.arange(MARGIN + 15, MARGIN + HEIGHT - 1.2 * size - 2 * letter, 1.3 * size + 2.2 * letter):
        text = " ".join(lettering.word(desk.rng) for _ in range(int(desk.rng.integers(2, 8))))
        _print(writer, desk, text, (y, MARGIN + 15), letter)
        for x in np.arange(MARGIN + 20 + size, MARGIN + WIDTH - size, 1.05 * size):
            if desk.rng.random() < 0.45:
                writer.write_in((y + 1.7 * letter + 0.6 * size, x), astray=0.04)
    return writer


def _signature(desk: Desk) -> Writer:
    """Numbers, signatures, brackets and signs."""
    size = desk.uniform(30, 56)
    writer = desk.writer(size)
    nib = writer.hand.nib or 0.07 * size
    for y in np.arange(MARGIN + 12 + 0.8 * size, MARGIN + HEIGHT - 0.8 * size, 1.8 * size):
        x = MARGIN + desk.uniform(20, 60)
        for _ in range(int(desk.rng.integers(2, 6))):
            writer.write_in((y, x + 0.5 * size), astray=0.04)
            x += 1.05 * size
        x += 0.6 * size
        if desk.rng.random() < 0.5:
            drawn = lettering.signature(1.2 * size, nib, desk.rng)
        else:
            hand = desk.stock.hands[desk.rng.integers(len(desk.stock.hands))]
            drawn = lettering.handwritten(lettering.symbol(desk.rng), hand, size, nib, desk.rng)
        surroundings.set_beside(writer.sheet, drawn, (y, x), writer.hand.colour, "signature")
    return writer


def _close(desk: Desk) -> Writer:
    """One digit that fills most of the picture, now and then with a printed line along an edge."""
    view = [(640, 480), (480, 640), (160, 160), (240, 320), (62, 62), (300, 300)][int(desk.rng.integers(6))]
    writer = replace(desk.writer(desk.uniform(0.5, 0.84) * min(view), view), pose=Pose())
    if desk.rng.random() < 0.3:
        printed.edge_line(writer.sheet, desk.rng)
    while not writer.write_in((MARGIN + view[1] / 2, MARGIN + view[0] / 2), astray=0.05):
        pass
    return writer


def _edge(desk: Desk) -> Writer:
    """Numbers that go on beyond the edges of the picture."""
    size = desk.uniform(34, 70)
    writer = desk.writer(size)
    for y in np.arange(MARGIN + desk.uniform(-0.3, 0.3) * size, MARGIN + HEIGHT + 0.5 * size, 1.35 * size):
        for x in np.arange(MARGIN + desk.uniform(-0.3, 0.3) * size, MARGIN + WIDTH + 0.5 * size, 1.1 * size):
            if desk.rng.random() < 0.5:
                writer.write_astray((y, x))
    return writer


def _turned(desk: Desk) -> Writer:
    """Several rows of numbers on a page that is turned afterwards."""
    size = desk.uniform(28, 48)
    writer = desk.writer(size)
    _rows(writer, desk, (20, 20), spread=desk.uniform(0.95, 1.1))
    return writer


def _small(desk: Desk) -> Writer:
    """A form of small writing on a large picture."""
    size = desk.uniform(22, 60)
    writer = desk.writer(size, (1920, 1440))
    cell = size * desk.uniform(1.3, 1.7)
    corners = [
        (y, x)
        for y in np.arange(MARGIN + 40, MARGIN + 1440 - cell - 40, desk.uniform(1.2, 3) * cell)
        for x in np.arange(MARGIN + 40, MARGIN + 1920 - cell - 40, cell)
    ]
    printed.cells(writer.sheet, corners, (cell, cell), desk.rng)
    for y, x in corners:
        if desk.rng.random() < 0.5 and len(writer.sheet.written) < 200:
            writer.write_in((y + cell / 2, x + cell / 2), astray=0.05)
    return writer


_PAGES: Final[dict[Kind, Callable[[Desk], Writer]]] = {
    Kind.SQUARED: _squared,
    Kind.LIST: _list,
    Kind.FORM: _form,
    Kind.SUDOKU: _sudoku,
    Kind.TINTED: _tinted,
    Kind.ENVELOPE: _envelope,
    Kind.FAINT: _faint,
    Kind.SHADOW: _shadow,
    Kind.WORDS: _words,
    Kind.PRINT: _print_beside,
    Kind.SIGNATURE: _signature,
    Kind.CLOSE: _close,
    Kind.EDGE: _edge,
    Kind.TURNED: _turned,
    Kind.SMALL: _small,
}


def _fill(writer: Writer, height: float, width: float, share: float) -> None:
    """Write columns of numbers, a digit a square, until the view is full."""
    rng = writer.rng
    columns = np.arange(MARGIN + 0.7 * width, MARGIN + WIDTH - 0.6 * width, width)
    kept = rng.random(len(columns)) < share
    for y in np.arange(MARGIN + 0.8 * height, MARGIN + HEIGHT - 0.6 * height, height):
        for x in columns[kept]:
            if rng.random() < 0.8:
                writer.write_in((y, x), astray=0.03)


def _rows(writer: Writer, desk: Desk, inset: tuple[float, float], spread: float) -> None:
    """Write numbers of 1 to 5 digits in rows, their digits so many heights apart."""
    size = writer.hand.size
    for y in np.arange(MARGIN + inset[0] + 0.6 * size, MARGIN + HEIGHT - inset[0] - 0.5 * size, 1.5 * size):
        x = MARGIN + inset[1] + size * desk.uniform(0.5, 1.5)
        while x < MARGIN + WIDTH - inset[1] - size:
            for _ in range(int(desk.rng.integers(1, 6))):
                if x < MARGIN + WIDTH - inset[1] - 0.5 * size:
                    writer.write_in((y, x), astray=0.04)
                x += spread * size
            x += desk.uniform(0.6, 2) * size


def _print(writer: Writer, desk: Desk, text: str, corner: tuple[float, float], height: float) -> None:
    font = desk.stock.fonts[desk.rng.integers(len(desk.stock.fonts))]
    drawn = lettering.printed(text, font, height)[:, : writer.sheet.size[0] - 30]
    writer.sheet.mark(drawn, round(corner[0]), round(corner[1]), (0.12, 0.12, 0.12), "print")


def _lay(writer: Writer) -> None:
    """Let the sheet end in view now and then, and show the desk beyond."""
    if writer.rng.random() < 0.25:
        lay_on_desk(writer.sheet, writer.rng)


def _scatter(writer: Writer) -> None:
    """Leave dust, and now and then dots and dashes, where nothing is written."""
    rng, colour = writer.rng, writer.hand.colour
    marks.add_dust(writer.sheet, int(rng.integers(25)), colour, rng)
    if rng.random() < 0.2:
        marks.add_dots(writer.sheet, int(rng.integers(1, 6)), colour, rng)
    if rng.random() < 0.2:
        marks.add_dashes(writer.sheet, int(rng.integers(1, 5)), colour, rng)


def _held(rng: np.random.Generator) -> Pose:
    lean = (rng.uniform(-0.12, 0.12), rng.uniform(-0.12, 0.12))
    return Pose(turn=rng.normal(0, 3.5), zoom=rng.uniform(0.94, 1.06), tilt=lean)


def _shadowed(rng: np.random.Generator) -> Light:
    return Light(
        fade=rng.uniform(0, 0.5),
        direction=rng.uniform(0, 2 * np.pi),
        shadow=rng.uniform(0.35, 0.65),
        edge=(rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7)),
        normal=rng.uniform(0, 2 * np.pi),
        softness=float(np.exp(rng.uniform(np.log(3), np.log(60)))),
    )


def _camera(rng: np.random.Generator) -> Sensor:
    return Sensor(blur=rng.uniform(0.3, 1.1), noise=rng.uniform(1, 5), quality=int(rng.integers(60, 96)))
