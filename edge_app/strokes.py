"""Group inked pixels into pieces of writing that have the size and shape of a digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.lines import erase_lines

FAINTEST: Final = 22
"""Weakest strength that counts as ink on a noiseless picture, of 255."""
FAINT: Final = 0.3
"""Share of the darkest ink's strength below which nothing counts as ink."""
EDGE: Final = 0.6
"""Share of its ink's mean strength at which a stroke ends."""
SOFT_EDGE: Final = 0.4
"""The same where a stroke would break otherwise."""
SHORTEST: Final = 14
"""Height in pixels below which nothing is read."""
SMALLEST: Final = 5
"""Size in pixels below which a piece is dust."""
LONG: Final = 0.36
"""Size from which a piece is searched for straight lines, as a share of the picture's shorter side."""
GAP: Final = 0.12
"""Widest gap in a broken stroke, as a share of the digit's size."""
WIDE_GAP: Final = 0.2
"""The same where the parts stand no higher or lower than each other."""
NEAREST_LINE: Final = 3
"""Pixels between digits one above the other."""
FRAGMENT: Final = 0.15
"""Smallest piece that is joined to a digit, as a share of its size."""
TALL: Final = 0.6
"""Share of a digit's height from which a piece beside it may be a digit of its own."""
BESIDE: Final = 0.3
"""Share of their widths by which two digits side by side may overlap."""
WIDEST: Final = 2.2
"""Largest width of a digit, as a multiple of its height."""
FULLEST: Final = 0.93
"""Largest share of its convex hull that a digit covers, a 1 aside."""
HALO: Final = 5
"""Width in pixels of what is looked at around a digit."""
CROWDED: Final = 0.3
"""Share of a digit's halo from which the digit is a part of something larger."""

Outline = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """Strokes that belong together.

    Attributes:
        outlines: of the strokes and of the holes in them, each int32 [n, 1, 2]; `cv2.fillPoly` fills the strokes alone.
        x: left edge in pixels.
        y: upper edge in pixels.
        width: width in pixels.
        height: height in pixels.
    """

    outlines: tuple[Outline, ...]
    x: int
    y: int
    width: int
    height: int

    @property
    def size(self) -> int:
        """The longer side in pixels."""
        return max(self.width, self.height)


def trace(strength: NDArray[np.uint8]) -> list[Writing]:
    """Outline the pieces of ink in a picture, each where its own strength falls off.

    Long straight lines are left out, and what the picture's edge may have cut.

    Args:
        strength: of the ink, uint8 [h, w]; see `Ink`.
    """
    noise, darkest = _noise_and_ink(strength)
    faint, long = _above(strength, max(noise, FAINT / 2 * darkest)), LONG * min(strength.shape)
    if any(blot.size > long for blot in _blots(faint)):
        strength = erase_lines(strength, faint, round(long))
    blots = _blots(_above(strength, max(noise, FAINT * darkest)))
    pieces = [piece for blot in blots for piece in _sharpen(strength, blot)]
    return [piece for piece in pieces if _is_whole(piece, strength.shape)]


def _noise_and_ink(strength: NDArray[np.uint8]) -> tuple[float, float]:
    """Strength that noise does not reach, most of the paper being bare, and strength of the darkest ink."""
    ordered = np.sort(strength[::4, ::4], axis=None)
    low, median, darkest = (float(ordered[int(share * (len(ordered) - 1))]) for share in (0.16, 0.5, 0.999))
    return max(FAINTEST, median + 4.5 * (median - low)), darkest


def _above(strength: NDArray[np.uint8], threshold: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.threshold(strength, threshold, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _blots(mask: NDArray[np.uint8], corner: tuple[int, int] = (0, 0)) -> list[Writing]:
    """Connected pieces of a mask whose upper left corner (x, y) is given, dust aside."""
    outlines, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=corner)
    if hierarchy is None:
        return []
    after, _, inside, parent = hierarchy[0].T.tolist()
    blots = []
    for index, outline in enumerate(outlines):
        if parent[index] < 0 and len(outline) > SMALLEST:
            own, hole = [outline], inside[index]
            while hole >= 0:
                own.append(outlines[hole])
                hole = after[hole]
            blots.append(_writing(tuple(np.asarray(o, np.int32) for o in own)))
    return [blot for blot in blots if blot.size >= SMALLEST]


def _sharpen(strength: NDArray[np.uint8], blot: Writing) -> list[Writing]:
    """Trace a faintly outlined piece again where its strength falls off.

    Where that breaks a stroke that is thin in places, the piece is traced more softly; where it parts neighbours whose
    blurred edges touch, they stay apart.
    """
    sharp = _trace_blot(strength, blot, EDGE)
    if len(sharp) < 2:
        return sharp
    pieces = []
    for soft in _trace_blot(strength, blot, SOFT_EDGE):
        parts = [piece for piece in sharp if _encloses(soft, piece)]
        apart = any(_is_beside(one, other) for one in parts for other in parts if one is not other)
        pieces += parts if apart else [soft]
    return pieces


def _trace_blot(strength: NDArray[np.uint8], blot: Writing, edge: float) -> list[Writing]:
    part = strength[blot.y : blot.y + blot.height, blot.x : blot.x + blot.width]
    own = fill(blot)
    inked = _above(part, edge * cv2.mean(part, own)[0]) & own
    return _blots(inked, (blot.x, blot.y))


def fill(writing: Writing, margin: int = 0) -> NDArray[np.uint8]:
    """Draw a piece of writing, uint8 [height, width] of 0 and 255, with a margin around."""
    mask = np.zeros((writing.height + 2 * margin, writing.width + 2 * margin), np.uint8)
    cv2.fillPoly(mask, writing.outlines, 255, offset=(margin - writing.x, margin - writing.y))
    return mask


def _writing(outlines: tuple[Outline, ...]) -> Writing:
    x, y, width, height = cv2.boundingRect(outlines[0] if len(outlines) == 1 else np.concatenate(outlines))
    return Writing(outlines, x, y, width, height)


def join(pieces: list[Writing]) -> list[Writing]:
    """Join the pieces of broken strokes: a small gap, and one above the other rather than side by side."""
    ordered = sorted(pieces, key=lambda piece: -piece.size)
    taken = np.zeros(len(ordered), bool)
    sides = np.array([[p.x, p.y, p.x + p.width, p.y + p.height] for p in ordered]).reshape(-1, 4)
    joined = []
    for index, body in enumerate(ordered):
        if taken[index] or not _is_large_enough(body):
            continue
        taken[index] = True
        near = _near(sides, index, GAP * body.size) & ~taken
        broken_off = [int(i) for i in np.flatnonzero(near) if _belongs(ordered[i], body)]
        taken[broken_off] = True
        outlines = [o for i in (index, *broken_off) for o in ordered[i].outlines]
        joined.append(_writing(tuple(outlines)))
    return joined


def _near(sides: NDArray[np.int64], index: int, reach: float) -> NDArray[np.bool_]:
    """Tell whose boxes are within reach of one piece's."""
    x0, y0, x1, y1 = sides.T
    left, top, right, bottom = sides[index]
    beside = (x0 <= right + reach) & (x1 >= left - reach)
    return np.asarray(beside & (y0 <= bottom + reach) & (y1 >= top - reach))


def _belongs(piece: Writing, body: Writing) -> bool:
    if piece.size < FRAGMENT * body.size or _is_beside(piece, body):
        return False
    bottom, top = max(body.y + body.height, piece.y + piece.height), min(body.y, piece.y)
    apart = bottom - top - body.height - piece.height
    if apart < NEAREST_LINE:
        return _distance(body, piece) <= WIDE_GAP * (bottom - top)
    return piece.height <= TALL * body.height and _distance(body, piece) <= max(3, GAP * body.size)


def _is_beside(one: Writing, other: Writing) -> bool:
    """Tell two digits side by side from two parts of one."""
    shared = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    tall = min(one.height, other.height) > TALL * max(one.height, other.height)
    return tall and shared < BESIDE * min(one.width, other.width)


def _distance(one: Writing, other: Writing) -> float:
    here = np.concatenate(one.outlines)[:, 0].astype(np.float32)
    there = np.concatenate(other.outlines)[:, 0].astype(np.float32)
    between = here[:, None] - there[None, ::2]
    return float(np.sqrt(np.min(np.sum(between**2, axis=2))))


def like_digits(candidates: list[Writing], strength: NDArray[np.uint8]) -> list[Writing]:
    """Keep what may be a digit."""
    alike = [w for w in candidates if _is_well_formed(w) and _stands_alone(w, strength)]
    return [w for w in alike if not any(_encloses(w, other) for other in alike)]


def _is_whole(writing: Writing, shape: tuple[int, ...]) -> bool:
    right, bottom = writing.x + writing.width, writing.y + writing.height
    return min(writing.x, writing.y) > 1 and right < shape[1] - 1 and bottom < shape[0] - 1


def _is_large_enough(writing: Writing) -> bool:
    return writing.height >= SHORTEST and writing.width <= WIDEST * writing.height


def _is_well_formed(writing: Writing) -> bool:
    if not _is_large_enough(writing):
        return False
    points = np.concatenate(writing.outlines)
    hull = cv2.contourArea(cv2.convexHull(points)) + writing.height
    sides = cv2.minAreaRect(points)[1]
    return cv2.countNonZero(fill(writing)) < FULLEST * hull or 2 * min(sides) < max(sides)


def _stands_alone(writing: Writing, strength: NDArray[np.uint8]) -> bool:
    """Tell strokes on bare paper from a part of something larger by what is around them."""
    own = fill(writing, HALO)
    y, x = writing.y - HALO, writing.x - HALO
    top, left = max(0, -y), max(0, -x)
    around = strength[y + top : y + own.shape[0], x + left : x + own.shape[1]]
    own = own[top : top + around.shape[0], left : left + around.shape[1]]
    ring = cv2.subtract(cv2.dilate(own, _square(2 * HALO + 1)), cv2.dilate(own, _square(HALO)))
    crowded = cv2.bitwise_and(ring, _above(around, EDGE * cv2.mean(around, own)[0]))
    return cv2.countNonZero(crowded) < CROWDED * cv2.countNonZero(ring)


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)


def _encloses(outer: Writing, inner: Writing) -> bool:
    return (
        outer is not inner
        and outer.x <= inner.x
        and outer.y <= inner.y
        and outer.x + outer.width >= inner.x + inner.width
        and outer.y + outer.height >= inner.y + inner.height
    )
