"""Part digits that run into one another, by how high the writing on the page usually is."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import cv2

from edge_app.finder.joining import are_beside
from edge_app.finder.patience import PARTING, Spent, while_time
from edge_app.finder.shape import usual_height
from edge_app.finder.strokes import SMALLEST, Strokes
from edge_app.finder.writing import Writing, above, outline

TOO_HIGH: Final = 1.5
"""Height from which a piece is more than one digit, in usual heights."""
TOO_WIDE: Final = 1.3
"""Width from which it is, in usual heights."""
TALL: Final = 0.6
"""Height from which parts side by side may be digits, in usual heights."""
ENOUGH: Final = 0.45
"""Height from which one of several parts one above the other may be a digit, in usual heights."""
CHANCES: Final = (160, 190, 215, 235)
"""Chances, of 255, below which ink no longer holds a piece together, tried one after the other."""
STRENGTHS: Final = (0.7, 0.9)
"""The same as shares of the piece's mean strength."""


def part(strokes: Strokes, spent: Spent) -> list[Writing]:
    """Part what is too high or too wide for one digit where the ink between is least likely a digit's.

    Args:
        strokes: the ink of a picture.
        spent: tells when to leave off.
    """
    usual = usual_height(strokes.pieces)
    return [
        found
        for piece in while_time(strokes.pieces, spent, PARTING)
        for found in (_parts(piece, strokes, usual) if _is_too_large(piece, usual) else [piece])
    ]


def _is_too_large(piece: Writing, usual: float) -> bool:
    return piece.height > TOO_HIGH * usual or piece.width > TOO_WIDE * usual


def _parts(piece: Writing, strokes: Strokes, usual: float) -> list[Writing]:
    place = (slice(piece.y, piece.bottom), slice(piece.x, piece.right))
    own = piece.draw()
    mean = cv2.mean(strokes.strength[place], own)[0]
    levels = [(strokes.strength[place], share * mean) for share in STRENGTHS]
    if strokes.chances is not None:
        levels = [(strokes.chances[place], float(chance)) for chance in CHANCES] + levels
    for values, level in levels:
        parts = outline(above(values, level) & own, SMALLEST, (piece.x, piece.y))
        if _are_stacked(piece, parts, usual) or _are_side_by_side(parts, usual):
            return parts
    return [piece]


def _are_stacked(piece: Writing, parts: list[Writing], usual: float) -> bool:
    high = [found.height for found in parts if found.height >= ENOUGH * usual]
    return piece.height > TOO_HIGH * usual and len(high) > 1 and max(high) < piece.height - ENOUGH * usual


def _are_side_by_side(parts: list[Writing], usual: float) -> bool:
    tall = sorted((found for found in parts if found.height >= TALL * usual), key=lambda found: found.x)
    return len(tall) > 1 and all(are_beside(one, other) for one, other in pairwise(tall))
