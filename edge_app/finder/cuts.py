"""The plausible cuts of one digit: where it is unclear which ink is its own, it is cut out in more than one way."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import Ink
from edge_app.finder.shape import LIKELY
from edge_app.finder.strokes import SMALLEST, SOFT_EDGE
from edge_app.finder.writing import Writing, above, outline

LEVELS: Final = (40, 215)
"""Chances, of 255, from which ink is taken for a digit's in a generous and in a strict cut."""
REACH: Final = 0.2
"""How far beyond its box a generous cut may reach, as a share of the digit's size."""
DIFFERENT: Final = 0.06
"""Share of its ink by which a cut must differ from the most likely one to count."""


def plausible_cuts(ink: Ink, chances: NDArray[np.uint8] | None, writing: Writing) -> tuple[Writing, ...]:
    """Give the ways to cut out a digit, the most likely first.

    The chance that ink is the digit's own is a distribution over cuts; a generous, a likely and a strict level of it
    stand for that distribution, as samples of the weights stand for the posterior.

    Args:
        ink: of the searched picture with its margin.
        chances: that each pixel's ink is a digit's; None where no other ink is near.
        writing: the most likely cut.
    """
    if chances is None:
        return (writing,)
    level = SOFT_EDGE * writing.mean(ink.strength)
    cuts = [writing]
    for least in LEVELS:
        cut = _cut_at(ink, chances, writing, level, least)
        if cut is not None and all(_differ(cut, other) for other in cuts):
            cuts.append(cut)
    return tuple(cuts)


def _cut_at(ink: Ink, chances: NDArray[np.uint8], writing: Writing, level: float, least: int) -> Writing | None:
    """Take the ink about a digit that is likely enough to be its own and hangs together with it."""
    reach = round(REACH * writing.size)
    top, left = max(0, writing.y - reach), max(0, writing.x - reach)
    part = (slice(top, writing.bottom + reach), slice(left, writing.right + reach))
    height, width = ink.strength[part].shape
    own = writing.draw_within(left, top, left + width, top + height)
    likely = above(ink.strength[part], level) & above(chances[part], least - 1)
    likely = likely & own if least > LIKELY else likely | own
    pieces = [piece for piece in outline(likely, SMALLEST, (left, top)) if _shares(piece, own, (left, top))]
    return Writing.within(tuple(o for piece in pieces for o in piece.outlines)) if pieces else None


def _shares(piece: Writing, own: NDArray[np.uint8], corner: tuple[int, int]) -> bool:
    x, y = piece.x - corner[0], piece.y - corner[1]
    return bool((own[y : y + piece.height, x : x + piece.width] & piece.draw()).any())


def _differ(one: Writing, other: Writing) -> bool:
    left, top = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(one.right, other.right), max(one.bottom, other.bottom)
    drawn, redrawn = (writing.draw_within(left, top, right, bottom) for writing in (one, other))
    ink = (cv2.countNonZero(drawn) + cv2.countNonZero(redrawn)) / 2
    return cv2.countNonZero(drawn ^ redrawn) > DIFFERENT * ink
