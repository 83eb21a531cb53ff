"""Blur of the lens and of the hand."""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from dataset.corruptions.streams import Images, Streams, draw_each

GLASS_SIGMA: Final = 0.7
GLASS_ROUNDS: Final = 2
GLASS_PIXELS: Final = tuple(product(range(GLASS_ROUNDS), range(27, 1, -1), range(27, 1, -1)))
"""Round, row and column of every pixel that may change places, in the order of the benchmark."""

MOTION_REACH: Final = 20
MOTION_SIGMA: Final = 3.0
MOTION_DEGREES: Final = 45.0


def glass_blur(ink: Images, streams: Streams) -> Images:
    """Look through frosted glass, severity 1: blur, let pixels change places, blur again.

    The benchmark's blur runs down the columns only: it took the columns of a grey image for colour channels.
    """
    grey = np.floor(255.0 * _blur_columns(ink))
    _swap_neighbours(grey, streams)
    return _blur_columns(grey / 255.0)


def _blur_columns(images: Images) -> Images:
    blurred: Images = gaussian_filter1d(images, GLASS_SIGMA, axis=1, mode="nearest")
    return blurred


def _swap_neighbours(images: Images, streams: Streams) -> None:
    """Swap, in place and in turn, every second pixel with itself or a neighbour above, left or both."""
    count = len(GLASS_PIXELS)
    swapped = draw_each(streams, lambda stream: stream.integers(0, 2, (count, 1)))
    moves = swapped * draw_each(streams, lambda stream: stream.integers(-1, 1, (count, 2)))
    every = np.arange(len(images))
    for (_, row, column), move in zip(GLASS_PIXELS, moves.transpose(1, 2, 0), strict=True):
        there = every, row + move[0], column + move[1]
        here = images[:, row, column].copy()
        images[:, row, column] = images[there]
        images[there] = here


def motion_blur(ink: Images, streams: Streams) -> Images:
    """Move the camera, severity 1: half a Gaussian along a line within 45 degrees of the horizontal.

    As in ImageMagick's motion blur of radius 10 and sigma 3, whose 21 taps stand on whole pixels.
    """
    angles = np.radians(draw_each(streams, lambda stream: stream.uniform(-MOTION_DEGREES, MOTION_DEGREES)))
    steps = np.arange(MOTION_REACH + 1)
    weights = np.exp(-(steps**2) / (2.0 * MOTION_SIGMA**2))
    weights /= weights.sum()
    rows = np.ceil(np.outer(steps, np.sin(angles)) - 0.5).astype(int)
    columns = np.ceil(np.outer(steps, np.cos(angles)) - 0.5).astype(int)
    windows = _windows(ink, MOTION_REACH)
    every = np.arange(len(ink))
    blurred = np.zeros_like(ink)
    for weight, row, column in zip(weights, rows, columns, strict=True):
        blurred += weight * windows[every, row + MOTION_REACH, column + MOTION_REACH]
    return blurred


def _windows(images: Images, reach: int) -> NDArray[np.float64]:
    """View the images, edges repeated, shifted by up to `reach` pixels: [B, 2 reach + 1, 2 reach + 1, 28, 28]."""
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, images.shape[1:], axis=(1, 2))
