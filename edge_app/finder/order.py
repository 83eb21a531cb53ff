"""The order in which people read: line by line, from left to right."""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.digit import Place
from edge_app.finder.found import Found

SAME_LINE: Final = 0.5
"""How far the middles of neighbours in a line may differ in height, as a share of the taller one's."""
FARTHEST: Final = 8.0
"""How far apart neighbours in a line may be, as a multiple of the taller one's height."""


APART: Final = 0.7
"""Distance from which neighbours in a line are digits of two numbers, as a share of the taller one's height."""

Sides = tuple[int, int, int, int]
"""Left, top, right and bottom of a box."""


def in_reading_order(found: list[Found]) -> list[tuple[Found, Place]]:
    """Put what was found in order, and tell where each stands.

    Each digit follows its nearest neighbour on the left at about its height, so that lines may slope; lines are ordered
    by the height at which they begin.
    """
    boxes = [one.sides for one in found]
    rows = enumerate(lines_of(boxes))
    numbers = [(line, index, number) for line, row in rows for index, number in enumerate(_numbers(row, boxes))]
    columns = _columns([_span(number, boxes) for _, _, number in numbers])
    return [
        (found[digit], Place(line, index, columns[at]))
        for at, (line, index, number) in enumerate(numbers)
        for digit in number
    ]


def _numbers(line: list[int], boxes: list[Sides]) -> list[list[int]]:
    """Part a line of indices where its digits stand apart."""
    starts = [0]
    for place, (before, after) in enumerate(pairwise(line), 1):
        taller = max(boxes[i][3] - boxes[i][1] for i in (before, after))
        if boxes[after][0] - boxes[before][2] > APART * taller:
            starts.append(place)
    return [line[start:end] for start, end in pairwise([*starts, len(line)])]


def _span(number: list[int], boxes: list[Sides]) -> tuple[int, int]:
    return min(boxes[i][0] for i in number), max(boxes[i][2] for i in number)


def _columns(spans: list[tuple[int, int]]) -> dict[int, int]:
    """Number the columns that spans are in, from left to right, by the spans' indices; what overlaps is in one."""
    columns, column, end = dict[int, int](), -1, -math.inf
    for index in sorted(range(len(spans)), key=spans.__getitem__):
        left, right = spans[index]
        if left >= end:
            column += 1
        end = max(end, right)
        columns[index] = column
    return columns


def lines_of(boxes: list[Sides]) -> list[list[int]]:
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
    begun = -math.inf
    for level, line in sorted(((float(middle_y[line].mean()), line) for line in lines), key=itemgetter(0)):
        if rows and level - begun <= SAME_LINE * float(height[line].mean()):
            rows[-1].append(line)
        else:
            rows.append([line])
            begun = level
    return [[index for line in sorted(row, key=lambda line: left[line[0]]) for index in line] for row in rows]
