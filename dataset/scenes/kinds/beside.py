"""Pages where digits stand beside other writing: words, print, signatures and signs."""

from __future__ import annotations

import numpy as np

from dataset.scenes import lettering, surroundings
from dataset.scenes.kinds.desk import Desk, lay, print_text
from dataset.scenes.sheet import HEIGHT, MARGIN, WIDTH
from dataset.scenes.writing import Writer


def words(desk: Desk) -> Writer:
    """Notes: handwritten words with numbers between."""
    size = desk.uniform(28, 46)
    writer = desk.writer(size)
    lay(writer)
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


def print_beside(desk: Desk) -> Writer:
    """Printed lines with handwritten numbers between and beside."""
    size = desk.uniform(28, 56)
    writer = desk.writer(size)
    letter = desk.uniform(9, 20) if desk.rng.random() < 0.6 else desk.uniform(20, 50)
    for y in np.arange(MARGIN + 15, MARGIN + HEIGHT - 1.2 * size - 2 * letter, 1.3 * size + 2.2 * letter):
        print_text(writer, desk, int(desk.rng.integers(2, 8)), (y, MARGIN + 15), letter)
        for x in np.arange(MARGIN + 20 + size, MARGIN + WIDTH - size, 1.05 * size):
            if desk.rng.random() < 0.45:
                writer.write_in((y + 1.7 * letter + 0.6 * size, x), astray=0.04)
    return writer


def signature(desk: Desk) -> Writer:
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
