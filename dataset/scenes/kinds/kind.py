"""The kinds of page, and how a camera takes one."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import numpy as np

from dataset.arrays import Half
from dataset.scenes import marks
from dataset.scenes.camera import Light, Sensor, photograph
from dataset.scenes.kinds import beside, on_lines, on_paper
from dataset.scenes.kinds.desk import Desk
from dataset.scenes.scene import Scene
from dataset.scenes.stock import stock_of
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


_PAGES: Final[dict[Kind, Callable[[Desk], Writer]]] = {
    Kind.SQUARED: on_lines.squared,
    Kind.LIST: on_lines.listed,
    Kind.FORM: on_lines.form,
    Kind.SUDOKU: on_lines.sudoku,
    Kind.TINTED: on_lines.tinted,
    Kind.ENVELOPE: on_paper.envelope,
    Kind.FAINT: on_paper.faint,
    Kind.SHADOW: on_paper.shadow,
    Kind.WORDS: beside.words,
    Kind.PRINT: beside.print_beside,
    Kind.SIGNATURE: beside.signature,
    Kind.CLOSE: on_paper.close,
    Kind.EDGE: on_paper.edge,
    Kind.TURNED: on_paper.turned,
    Kind.SMALL: on_lines.small,
}


def _scatter(writer: Writer) -> None:
    """Leave dust, and now and then dots and dashes, where nothing is written."""
    rng, colour = writer.rng, writer.hand.colour
    marks.add_dust(writer.sheet, int(rng.integers(25)), colour, rng)
    if rng.random() < 0.2:
        marks.add_dots(writer.sheet, int(rng.integers(1, 6)), colour, rng)
    if rng.random() < 0.2:
        marks.add_dashes(writer.sheet, int(rng.integers(1, 5)), colour, rng)


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
