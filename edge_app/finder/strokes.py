"""Trace the strokes of ink in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import square
from edge_app.finder.joining import are_beside
from edge_app.finder.patience import TRACING, Spent, never, while_time
from edge_app.finder.segment import tell_digits
from edge_app.finder.shape import LIKELY, usual_height
from edge_app.finder.writing import Writing, above, outline

FAINTEST: Final = 18
"""Weakest strength that counts as ink on a noiseless picture, of 255."""
NOISE: Final = 4.5
"""How many standard deviations of its noise ink is above bare paper."""
RANKS: Final = (0.02, 0.16, 0.5, 0.98)
"""Shares of the pixels that are weaker than the strengths by which noise is told."""
MUCH_WEAKER: Final = 0.6
"""Strength up to which lines are taken for noise, as a share of the strongest ink."""
TEXTURE: Final = 1.7
"""How many times as strong as the mean of a tint its darkest dots are."""
FAINT: Final = 0.12
"""Share of the darkest ink nearby, the mean of COARSE x COARSE pixels, below which nothing counts as ink."""
NEARBY: Final = 1.0
"""Side of the window in which the darkest ink is looked for, in heights of the tallest digit."""
GROUND: Final = 0.35
"""Side of the window in which there is bare paper or its tint, in heights of the tallest digit."""
COARSE: Final = 4
"""Each how many pixels thresholds are computed."""
EDGE: Final = 0.55
"""Share of its ink's mean strength at which a stroke ends."""
SOFT_EDGE: Final = 0.35
"""The same where a stroke would break otherwise."""
TOO_LARGE: Final = 1.25
"""Size from which a piece is neither digit nor part of one, in heights of the tallest digit."""
ENDLESS: Final = 2.2
"""Size from which a piece is no digit at the next coarser scale either, in heights of the tallest digit."""
SPAN: Final = 0.8
"""Size of a piece that all but fills the picture, as a share of its shorter side."""
FEW: Final = 16
"""Pieces of ink up to which they are all taken for digits' where none is too large."""
LIKELY_ALONE: Final = 60
"""Mean chance, of 255, from which a piece that nothing else touches is taken for a digit's."""
SPRAWLING: Final = 1.5
"""Size from which a piece may be digits and lines that run into one another, in heights of most of the writing."""
SURELY: Final = 200
"""Chance, of 255, above which ink is surely a digit's."""
HARDLY: Final = 60
"""Chance, of 255, below which it hardly is."""
MIXED: Final = 0.3
"""Share of a piece's ink, of either sort, from which it is both."""
SMALLEST: Final = 5
"""Size in pixels below which a piece is dust."""


@dataclass(frozen=True, slots=True)
class Strokes:
    """The ink of a picture.

    Attributes:
        pieces: outlines of connected ink that may be a digit's.
        strength: of the ink that may be, uint8 [h, w].
        chances: that each pixel's ink is a digit's, uint8 [h, w], 0 to 255; None where nothing else is in sight.
    """

    pieces: list[Writing]
    strength: NDArray[np.uint8]
    chances: NDArray[np.uint8] | None


def trace(strength: NDArray[np.uint8], tallest: float, spent: Spent = never, *, others: bool = False) -> Strokes:
    """Outline the pieces of ink in a picture, each where its own strength falls off.

    Where something is too large for a digit even at the next coarser scale or all but fills the picture, such as a
    ruled line or a frame, or where there is so much that there may be words, or where a finer scale showed such things,
    the network is asked what of the ink is a digit's.

    Args:
        strength: of the ink, uint8 [h, w]; see `Ink`.
        tallest: height in pixels of the tallest digit that is looked for.
        spent: tells when to leave off.
        others: whether other ink than digits' is known to be there.
    """
    threshold = _threshold(strength, tallest)
    blots = outline(above(strength, threshold), SMALLEST)
    chances = None
    endless = min(ENDLESS * tallest, SPAN * min(strength.shape))
    if others or len(blots) > FEW or any(blot.size > endless for blot in blots):
        chances = tell_digits(strength)
        strength = _without_others(strength, blots, chances, TOO_LARGE * tallest)
        blots = outline(above(strength, threshold), SMALLEST)
    pieces = [piece for blot in while_time(blots, spent, TRACING) for piece in _sharpen(strength, blot)]
    return Strokes(pieces, strength, chances)


def _without_others(
    strength: NDArray[np.uint8], blots: list[Writing], chances: NDArray[np.uint8], too_large: float
) -> NDArray[np.uint8]:
    """Take away the ink that is no digit's: pieces as a whole, but pixel by pixel what may be digits and lines."""
    likely = above(chances, LIKELY - 1)
    sprawling = SPRAWLING * usual_height(blots)
    for blot in blots:
        if blot.size <= too_large and not (blot.size > sprawling and _is_mixed(blot, chances)):
            alike = blot.mean(chances) >= LIKELY_ALONE
            cv2.fillPoly(likely, blot.outlines, 255 if alike else 0)
    return np.asarray(cv2.bitwise_and(strength, likely), np.uint8)


def _is_mixed(blot: Writing, chances: NDArray[np.uint8]) -> bool:
    """Tell a piece of which much is surely a digit's and much hardly, such as a digit on a line of its own colour."""
    part = chances[blot.y : blot.bottom, blot.x : blot.right]
    own = part[blot.draw() > 0]
    return bool(min(np.count_nonzero(own > SURELY), np.count_nonzero(own < HARDLY)) > MIXED * own.size)


def _threshold(strength: NDArray[np.uint8], tallest: float) -> NDArray[np.uint8]:
    """Strength above which a pixel is ink, uint8 [h, w]: above noise, a tint's texture and faint traces beside bold."""
    height, width = strength.shape
    size = (-(-width // COARSE), -(-height // COARSE))
    mean = cv2.resize(strength, size, interpolation=cv2.INTER_AREA)
    tint = cv2.morphologyEx(mean, cv2.MORPH_OPEN, square(GROUND * tallest / COARSE))
    window = square(NEARBY * tallest / COARSE)
    darkest = cv2.blur(cv2.dilate(mean, window), window.shape)
    coarse = np.maximum(np.maximum(_noise(strength), TEXTURE * tint.astype(np.float32)), FAINT * darkest)
    levels = np.minimum(coarse, 255).astype(np.uint8)
    return np.asarray(cv2.resize(levels, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def _noise(strength: NDArray[np.uint8]) -> float:
    """Strength that noise does not reach on bare paper.

    Its normal noise is told by the faintest pixels, for there may be little bare paper. Where most pixels vary more
    than that, as between the narrow lines of a grid, that is taken for noise, too, as long as ink is much stronger.
    """
    ranks = np.bincount(strength[::COARSE, ::COARSE].ravel(), minlength=256).cumsum()
    faintest, low, median, strong = np.searchsorted(ranks, np.array(RANKS) * ranks[-1]).tolist()
    first, second = (NormalDist().inv_cdf(rank) for rank in RANKS[:2])
    bare = low + (NOISE - second) * (low - faintest) / (second - first)
    usual = median + NOISE * (median - low)
    return float(max(FAINTEST, bare, min(usual, MUCH_WEAKER * strong)))


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
        parts = [piece for piece in sharp if soft.encloses(piece)]
        apart = any(are_beside(one, other) for one in parts for other in parts if one is not other)
        pieces += parts if apart else [soft]
    return pieces


def _trace_blot(strength: NDArray[np.uint8], blot: Writing, edge: float) -> list[Writing]:
    part = strength[blot.y : blot.bottom, blot.x : blot.right]
    own = blot.draw()
    sharp = above(part, edge * cv2.mean(part, own)[0])
    return outline(sharp & own, SMALLEST, (blot.x, blot.y))
