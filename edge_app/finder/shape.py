"""Tell what has the shape of a digit from dots, dashes, and parts of larger things."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.ink import square
from edge_app.finder.patience import TELLING, Spent, while_time
from edge_app.finder.writing import Writing, above

SHORTEST: Final = 14
"""Height in pixels below which nothing is read."""
FEWEST: Final = 5
"""Pieces from which it is known how high the writing usually is."""
WIDEST: Final = 2.2
"""Largest width of a digit, as a multiple of its height."""
FULLEST: Final = 0.93
"""Largest share of its convex hull that a digit covers, a 1 aside."""
HALO: Final = 5
"""Width in pixels of what is looked at around a digit."""
CROWDED: Final = 0.25
"""Share of its halo that is inked around a part of something larger."""
SLENDER: Final = 0.4
"""Width of a piece that may be part of a line, as a share of its height."""
TIP: Final = 0.2
"""Length of a line's end that is looked at, as a share of the piece's height."""
GOES_ON: Final = 0.7
"""Share of what lies beyond a line's end that is inked if it goes on."""
AS_DARK: Final = 0.75
"""Share of a wall's strength that the lines have which it meets."""
MET: Final = 0.6
"""Share of what lies right beyond a wall's ends that is inked."""
LIKELY: Final = 128
"""Chance, of 255, from which ink is taken for a digit's."""
THICK: Final = 7
"""Width in pixels of ink that is no thin line."""
HANDWRITTEN: Final = 150
"""Mean chance, of 255, that its ink is a digit's, from which lines around it, as of a box, do not count; below it what
is found may as well be something else."""
AS_STRONG: Final = 0.6
"""Share of a digit's own strength from which ink around it counts."""


def like_digits(
    candidates: list[Writing], strength: NDArray[np.uint8], chances: NDArray[np.uint8] | None, spent: Spent
) -> list[Writing]:
    """Keep what may be a digit.

    Args:
        candidates: wholly inside the picture.
        strength: of the picture's ink, uint8 [h, w].
        chances: that each pixel's ink is a digit's, uint8 [h, w]; None where nothing else is in sight.
        spent: tells when to leave off.
    """
    bare = strength if chances is None else _without_lines(strength, chances)
    looked_at = while_time(candidates, spent, TELLING)
    drawn = [w for w in looked_at if is_large_enough(w) and _is_drawn(w)]
    around = ((w, bare if chances is not None and w.mean(chances) >= HANDWRITTEN else strength) for w in drawn)
    alike = [w for w, ink in around if _stands_alone(w, ink)]
    alike = [w for w in alike if not _goes_on(w, strength)]
    return [w for w in alike if not any(w.encloses(other) for other in alike if other is not w)]


def is_large_enough(writing: Writing) -> bool:
    """Tell what is as high as a digit, and not much wider, from dust and dashes."""
    return writing.height >= SHORTEST and writing.width <= WIDEST * writing.height


def usual_height(pieces: list[Writing]) -> float:
    """Height of most of the writing in pixels; infinite where there is too little of it to tell."""
    heights = [piece.height for piece in pieces if piece.height >= SHORTEST]
    return float(np.median(heights)) if len(heights) >= FEWEST else math.inf


def is_wall(writing: Writing, strength: NDArray[np.uint8]) -> bool:
    """Tell what may be a wall between two cells: at both ends it runs into ink that is as dark as itself.

    Args:
        writing: inside the picture.
        strength: of the picture's ink, uint8 [h, w].
    """
    return writing.width <= SLENDER * writing.height and _beyond(writing, strength, AS_DARK, 1, HALO) >= MET


def _is_drawn(writing: Writing) -> bool:
    """Tell strokes from filled blots: a blot fills its convex hull and is not long."""
    points = np.concatenate(writing.outlines)
    hull = cv2.contourArea(cv2.convexHull(points)) + writing.height
    sides = cv2.minAreaRect(points)[1]
    return cv2.countNonZero(writing.draw()) < FULLEST * hull or 2 * min(sides) < max(sides)


def _stands_alone(writing: Writing, strength: NDArray[np.uint8]) -> bool:
    """Tell strokes on bare paper from a part of something larger by what is around them."""
    own = writing.draw(HALO)
    y, x = writing.y - HALO, writing.x - HALO
    top, left = max(0, -y), max(0, -x)
    around = strength[y + top : y + own.shape[0], x + left : x + own.shape[1]]
    own = own[top : top + around.shape[0], left : left + around.shape[1]]
    halo = cv2.subtract(cv2.dilate(own, square(2 * HALO)), cv2.dilate(own, square(HALO)))
    strong = above(around, AS_STRONG * cv2.mean(around, own)[0])
    return cv2.countNonZero(cv2.bitwise_and(halo, strong)) < CROWDED * cv2.countNonZero(halo)


def _goes_on(writing: Writing, strength: NDArray[np.uint8]) -> bool:
    """Tell a piece of a line, whose ink goes on beyond both ends, from a 1."""
    if writing.width > SLENDER * writing.height:
        return False
    tip = max(4, round(TIP * writing.height))
    return _beyond(writing, strength, AS_STRONG, HALO, HALO + tip) >= GOES_ON


def _beyond(writing: Writing, strength: NDArray[np.uint8], share: float, near: int, far: int) -> float:
    """Share of what lies beyond a slender piece's ends, on its axis, that is inked; of the end where it is less.

    Args:
        writing: the piece, no shorter than SHORTEST.
        strength: of the picture's ink, uint8 [h, w].
        share: of the piece's own strength from which ink counts.
        near: from how many pixels beyond the end.
        far: up to how many.
    """
    own = writing.draw()
    level = share * writing.mean(strength)
    tip = round(TIP * writing.height)
    top, bottom = (writing.x + float(np.nonzero(end)[1].mean()) for end in (own[:tip], own[-tip:]))
    slope = (bottom - top) / (writing.height - tip)
    inked = []
    for row, column, step in ((writing.y, top, -1), (writing.bottom - 1, bottom, 1)):
        along = np.arange(near, far)
        rows = row + step * along
        columns = np.rint(column + step * slope * (along + tip / 2)).astype(int)
        inside = (rows >= 0) & (rows < strength.shape[0]) & (columns >= 1) & (columns < strength.shape[1] - 1)
        around = columns[inside, None] + np.array([-1, 0, 1])
        darkest = strength[rows[inside, None], around].max(axis=1)
        inked.append(np.count_nonzero(darkest > level) / len(along))
    return float(min(inked))


def _without_lines(strength: NDArray[np.uint8], chances: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take away thin ink that is likely no digit's, as the lines of a box."""
    likely = above(chances, LIKELY - 1)
    thick = cv2.morphologyEx(cv2.subtract(strength, likely), cv2.MORPH_OPEN, square(THICK))
    return np.asarray(cv2.max(cv2.bitwise_and(strength, likely), thick), np.uint8)
