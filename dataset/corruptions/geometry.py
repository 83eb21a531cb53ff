"""Digits sheared, shrunk, turned and shifted about the centre of the image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from dataset.corruptions.streams import Images, Streams, draw_each


def shear(ink: Images, streams: Streams) -> Images:
    """Slant to either side, severity 2: the y axis turned by 0.4 radians."""
    return _warp_to_either_side(ink, streams, lambda side: _shear_matrix(0.4 * side))


def rotate(ink: Images, streams: Streams) -> Images:
    """Turn to either side, severity 2: by 0.4 radians."""
    return _warp_to_either_side(ink, streams, lambda side: _rotation_matrix(0.4 * side))


def scale(ink: Images, _streams: Streams) -> Images:
    """Shrink, severity 3: to 0.7 of the size."""
    return _warp(ink, np.eye(2) / 0.7)


def translate(ink: Images, streams: Streams) -> Images:
    """Shift towards one of the corners, severity 3: by 3 pixels each way."""
    signs = draw_each(streams, lambda stream: stream.choice((-1, 1), 2))
    padded = np.pad(ink, ((0, 0), (3, 3), (3, 3)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, ink.shape[1:], axis=(1, 2))
    shifted: Images = windows[np.arange(len(ink)), 3 + 3 * signs[:, 0], 3 + 3 * signs[:, 1]]
    return shifted


def _shear_matrix(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), 0.0], [-np.sin(angle), 1.0]])


def _rotation_matrix(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _warp_to_either_side(ink: Images, streams: Streams, matrix: Callable[[int], NDArray[np.float64]]) -> Images:
    sides = draw_each(streams, lambda stream: stream.choice((-1, 1)))
    warped = np.empty_like(ink)
    for side in (-1, 1):
        warped[sides == side] = _warp(ink[sides == side], matrix(side))
    return warped


def _warp(ink: Images, matrix: NDArray[np.float64]) -> Images:
    """Resample bilinearly so that the pixel at p, (row, column) from the centre, is the old one at matrix @ p."""
    stacked = np.eye(3)
    stacked[1:, 1:] = matrix
    centre = np.array([0.0, *(np.array(ink.shape[1:]) - 1) / 2])
    warped: Images = affine_transform(ink, stacked, centre - stacked @ centre, order=1, mode="grid-constant")
    return warped
