"""Hold found boxes against true ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

OVERLAP: Final = 0.5
"""Intersection over union from which a found box is the true one."""


class AnyBox(Protocol):
    """A box in pixels, whoever found it."""

    @property
    def x(self) -> int:
        """The left edge."""

    @property
    def y(self) -> int:
        """The upper edge."""

    @property
    def width(self) -> int:
        """The width."""

    @property
    def height(self) -> int:
        """The height."""


def match(found: Sequence[AnyBox], true: Sequence[AnyBox]) -> list[tuple[int, int]]:
    """Pair found boxes with true ones, the best overlap first, each at most once; returns pairs of indices."""
    overlaps = np.array([[overlap(box, truth) for truth in true] for box in found]).reshape(len(found), len(true))
    pairs = []
    while overlaps.size and overlaps.max() >= OVERLAP:
        box, truth = (int(i) for i in np.unravel_index(overlaps.argmax(), overlaps.shape))
        pairs.append((box, truth))
        overlaps[box], overlaps[:, truth] = 0, 0
    return pairs


def overlap(one: AnyBox, other: AnyBox) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0, width) * max(0, height)
    return shared / (one.width * one.height + other.width * other.height - shared)
