"""Pages of digits on bare paper: with a border or a fold, faint and bold, large, cut by the edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dataset.scenes import printed, surroundings
from dataset.scenes.camera import Pose
from dataset.scenes.kinds.desk import Desk
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH
from dataset.scenes.writing import Writer


def envelope(desk: Desk) -> Writer:
    """A border of dark stripes, numbers and an address."""
    size = desk.uniform(26, 56)
    writer = desk.writer(size)
    surroundings.stripes(writer.sheet, desk.rng)
    _rows(writer, desk, (50, 50), spread=desk.uniform(0.85, 1.1))
    return writer


def faint(desk: Desk) -> Writer:
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


def shadow(desk: Desk) -> Writer:
    """Numbers on a folded sheet; a hand or a phone throws its shadow on them."""
    size = desk.uniform(26, 60)
    writer = desk.writer(size)
    surroundings.fold(writer.sheet, desk.rng)
    _rows(writer, desk, (20, 20), spread=1.0)
    return writer


def close(desk: Desk) -> Writer:
    """One digit that fills most of the picture, now and then with a printed line along an edge."""
    view = [(640, 480), (480, 640), (160, 160), (240, 320), (62, 62), (300, 300)][int(desk.rng.integers(6))]
    writer = replace(desk.writer(desk.uniform(0.5, 0.84) * min(view), view), pose=Pose())
    if desk.rng.random() < 0.3:
        printed.edge_line(writer.sheet, desk.rng)
    while not writer.write_in((MARGIN + view[1] / 2, MARGIN + view[0] / 2), astray=0.05):
        pass
    return writer


def edge(desk: Desk) -> Writer:
    """Numbers that go on beyond the edges of the picture."""
    size = desk.uniform(34, 70)
    writer = desk.writer(size)
    for y in np.arange(MARGIN + desk.uniform(-0.3, 0.3) * size, MARGIN + HEIGHT + 0.5 * size, 1.35 * size):
        for x in np.arange(MARGIN + desk.uniform(-0.3, 0.3) * size, MARGIN + WIDTH + 0.5 * size, 1.1 * size):
            if desk.rng.random() < 0.5:
                writer.write_astray((y, x))
    return writer


def turned(desk: Desk) -> Writer:
    """Several rows of numbers on a page that is turned afterwards."""
    size = desk.uniform(28, 48)
    writer = desk.writer(size)
    _rows(writer, desk, (20, 20), spread=desk.uniform(0.95, 1.1))
    return writer


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
