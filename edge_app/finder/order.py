"""The order in which people read: line by line, from left to right."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.scales import Found

SAME_LINE: Final = 0.5
"""How far the middles of neighbours in a line may differ in height, as a share of the taller one's."""
FARTHEST: Final = 8.0
"""How far apart neighbours in a line may be, as a multiple of the taller one's height."""


def in_reading_order(found: list[Found]) -> list[Found]:
    """Put what was found in order.

    Each digit follows its nearest neighbour on the left at about its height, so that lines may slope; lines are ordered
    by the height at which they begin.
    """
    return [found[index] for line in lines_of([one.sides for one in found]) for index in line]


def lines_of(boxes: list[tuple[int, int, int, int]]) -> list[list[int]]:
    """Gather boxes, each left, top, right and bottom, in lines of indices from left to right, the upper line first."""
    if not boxes:
        return []
    left, top, right, bottom = np.array(boxes, float).T
    middle_x, middle_y, height = (left + right) / 2, (top + bottom) / 2, bottom - top
    follows: dict[int, int] = {}
    starts = []
    for index in np.argsort(middle_x, kind="stable").tolist():
        taller = np.maximum(height, height[index])
        apart = middle_x[index] - middle_x
        level = np.abs(middle_y - middle_y[index]) <= SAME_LINE * taller
        near = np.flatnonzero(level & (apart > 0) & (apart <= FARTHEST * taller))
        free = [int(i) for i in near[np.argsort(apart[near], kind="stable")] if int(i) not in follows]
        if free:
            follows[free[0]] = index
        else:
            starts.append(index)
    lines = []
    for start in starts:
        line = deque([start])
        while line[-1] in follows:
            line.append(follows[line[-1]])
        lines.append(list(line))
    return _top_down(lines, left, middle_y, height)


def _top_down(
    lines: list[list[int]], left: NDArray[np.float64], middle_y: NDArray[np.float64], height: NDArray[np.float64]
) -> list[list[int]]:
    """Put lines in order, and pieces of the same line together that are far apart."""
    rows: list[list[list[int]]] = []
    for line in sorted(lines, key=lambda line: float(np.mean(middle_y[line]))):
        level = float(np.mean(middle_y[line]))
        reach = SAME_LINE * float(np.mean(height[line]))
        if rows and abs(float(np.mean(middle_y[rows[-1][0]])) - level) <= reach:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [[index for line in sorted(row, key=lambda line: left[line[0]]) for index in line] for row in rows]
