"""Group inked pixels into pieces of writing that have the size and shape of a digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

FAINTEST: Final = 28
"""Weakest strength that counts as ink, of 255."""
SHORTEST: Final = 14
"""Height in pixels below which nothing is read."""
GAP: Final = 0.12
"""Widest gap in a broken stroke, as a share of the digit's height."""
WIDEST: Final = 1.7
"""Largest width of a digit, as a multiple of its height."""
BOLDEST: Final = 0.5
"""Largest stroke width, as a share of the digit's longer side."""


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """Strokes that belong together.

    Attributes:
        outlines: contours as cv2 gives them, each int32 [n, 1, 2].
        x: left edge in pixels.
        y: upper edge in pixels.
        width: width in pixels.
        height: height in pixels.
    """

    outlines: tuple[NDArray[np.int32], ...]
    x: int
    y: int
    width: int
    height: int


def inked(strength: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mark the inked pixels, uint8 [h, w] of 0 and 255."""
    return np.asarray(cv2.threshold(strength, FAINTEST, 255, cv2.THRESH_BINARY)[1], np.uint8)


def trace(mask: NDArray[np.uint8]) -> list[Writing]:
    """Outline every connected piece of ink."""
    outlines, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if hierarchy is None:
        return []
    outer = hierarchy[0, :, 3] < 0
    return [_writing((np.asarray(o, np.int32),)) for o, is_outer in zip(outlines, outer, strict=True) if is_outer]


def _writing(outlines: tuple[NDArray[np.int32], ...]) -> Writing:
    x, y, width, height = cv2.boundingRect(np.concatenate(outlines))
    return Writing(outlines, x, y, width, height)


def join(pieces: list[Writing]) -> list[Writing]:
    """Join the pieces of broken strokes: a small gap, and one above the other rather than side by side."""
    joined = sorted(pieces, key=lambda piece: -piece.height)
    index = 0
    while index < len(joined):
        body = joined[index]
        other = next((p for p in joined[index + 1 :] if _broken_off(body, p)), None)
        if other is None:
            index += 1
            continue
        joined.remove(other)
        joined[index] = _writing(body.outlines + other.outlines)
    return joined


def _broken_off(body: Writing, piece: Writing) -> bool:
    reach = max(3.0, GAP * max(body.height, body.width))
    apart_x = max(body.x, piece.x) - min(body.x + body.width, piece.x + piece.width)
    apart_y = max(body.y, piece.y) - min(body.y + body.height, piece.y + piece.height)
    if max(apart_x, apart_y) > reach:
        return False
    if -apart_x < 0.5 * min(piece.width, body.width):
        return False
    return _distance(body, piece) <= reach


def _distance(one: Writing, other: Writing) -> float:
    here = np.concatenate(one.outlines)[:, 0].astype(np.float32)
    there = np.concatenate(other.outlines)[:, 0].astype(np.float32)
    between = here[:, None] - there[None, ::2]
    return float(np.sqrt(np.min(np.sum(between**2, axis=2))))


def like_digits(candidates: list[Writing], shape: tuple[int, int]) -> list[Writing]:
    """Keep what may be a digit in a picture of the given height and width."""
    alike = [w for w in candidates if _inside(w, shape) and _well_formed(w)]
    return [w for w in alike if not any(_encloses(w, other) for other in alike)]


def _inside(writing: Writing, shape: tuple[int, int]) -> bool:
    height, width = shape
    right, bottom = writing.x + writing.width, writing.y + writing.height
    return min(writing.x, writing.y) > 1 and right < width - 1 and bottom < height - 1


def _well_formed(writing: Writing) -> bool:
    if writing.height < SHORTEST or writing.width > WIDEST * writing.height:
        return False
    outline = max(writing.outlines, key=len)
    area = cv2.contourArea(outline) + len(outline) / 2
    stroke = 2 * area / max(1, len(outline))
    hull = cv2.contourArea(cv2.convexHull(outline)) + 1
    solid = area / hull > 0.85 and writing.width > 0.55 * writing.height
    return not solid or stroke < 0.1 * writing.height


def _encloses(outer: Writing, inner: Writing) -> bool:
    return (
        outer is not inner
        and outer.x <= inner.x
        and outer.y <= inner.y
        and outer.x + outer.width >= inner.x + inner.width
        and outer.y + outer.height >= inner.y + inner.height
    )
