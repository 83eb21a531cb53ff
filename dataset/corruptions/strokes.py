"""Lines drawn across the digit."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dataset.corruptions.streams import Images, Streams, draw_each

SIDE: Final = 28


def dotted_line(ink: Images, streams: Streams) -> Images:
    """Add a dotted line between a random row on the left and one on the right: two columns off, two on."""
    rows = draw_each(streams, lambda stream: stream.integers(0, 27, 2))
    left = np.stack([np.zeros(len(ink)), rows[:, 0]], axis=1)
    right = np.stack([np.full(len(ink), 27.0), rows[:, 1]], axis=1)
    dots = np.arange(SIDE) // 2 % 2
    return ink + dots * _draw_lines(left, right)


def zigzag(ink: Images, streams: Streams) -> Images:
    """Add a zigzag of teeth 4 pixels long and 2 high about a line from left to right that climbs at most 5 rows."""
    start = draw_each(streams, lambda stream: stream.integers(0, 27))
    climb = draw_each(streams, lambda stream: stream.integers(-5, 5))
    corners = _zigzag_corners(start, climb)
    drawn = ink
    for left, right in pairwise(corners):
        drawn = np.clip(drawn + _draw_lines(left, right), 0.0, 1.0)
    return drawn


def _zigzag_corners(start: NDArray[np.int64], climb: NDArray[np.int64]) -> NDArray[np.float64]:
    """Place the corners, [8, B, 2] as (column, row), from column 2 to column 25.

    Along the line they stand at 0, 2, 6, 10, ..., 22 and at its end, across it at 0, 2, -2, 2, ..., -2 and, a quirk
    of the benchmark, at -1 over the length of the last, incomplete tooth.
    """
    angle = np.arctan2(climb, 23)
    length = 23.0 / np.cos(angle)
    inner = np.array([[0, 0], [2, 2], [6, -2], [10, 2], [14, -2], [18, 2], [22, -2]], dtype=np.float64)
    along, across = np.broadcast_to(inner.T[:, :, None], (2, len(inner), len(start)))
    along = np.concatenate([along, length[None]])
    across = np.concatenate([across, -1.0 / (length[None] - 20.0)])
    columns = 2.0 + along * np.cos(angle) - across * np.sin(angle)
    rows = start + along * np.sin(angle) + across * np.cos(angle)
    return np.stack([columns, rows], axis=-1)


def _draw_lines(left: NDArray[np.float64], right: NDArray[np.float64]) -> Images:
    """Draw one line an image, [B, 28, 28]; its ends are [B, 2] as (column, row).

    The ink falls with the distance d from the line, measured along the column, as 1 + log(1 - d / 2.3).
    """
    columns = np.arange(SIDE)
    slope = (right[:, 1] - left[:, 1]) / (right[:, 0] - left[:, 0])
    heights = left[:, 1:] + slope[:, None] * (columns - left[:, :1])
    distance = np.abs(columns[:, None] - heights[:, None, :])
    stroke = np.clip(1.0 + np.log1p(-np.minimum(distance, 2.0) / 2.3), 0.0, 1.0)
    reached = (columns >= np.floor(left[:, :1])) & (columns < np.ceil(right[:, :1]))
    return stroke * reached[:, None, :]
