"""Finds to try the steps of the finder with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_app.finder.found import Found
from edge_app.finder.ink import MARGIN, Ink
from edge_app.finder.search import Search
from edge_app.finder.writing import Writing, outline

Rectangle = tuple[int, int, int, int]

NOTHING = Search(Ink(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8)), None, [], (), 0)


def found_at(
    *rectangles: Rectangle, scale: int = 1, corner: tuple[int, int] = (0, 0), chance: int | None = None
) -> Found:
    """A find of filled rectangles, each left, top, width and height in pixels of the frame, with one chance for all."""
    mask = np.zeros((400, 400), np.uint8)
    for left, top, width, height in rectangles:
        x, y = ((at - start) // scale + MARGIN for at, start in zip((left, top), corner, strict=True))
        mask[y : y + height // scale, x : x + width // scale] = 1
    writing = Writing.within(tuple(o for one in outline(mask, 0) for o in one.outlines))
    seen = NOTHING if chance is None else replace(NOTHING, chances=np.full(mask.shape, chance, np.uint8))
    return Found(writing, seen, scale, corner)
