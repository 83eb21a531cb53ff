"""Pooling of Gaussians."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import tensorflow as tf

from export.graphs.moments.gaussians import GaussianMaps
from export.graphs.moments.maximum import Correlated, Gaussian, correlate, larger, winner
from models.network import Padding, Pool2D

E = TypeVar("E", Gaussian, Correlated)

FAR_BELOW = -1e4
"""Mean of what pads a map to be pooled: it never wins, and its square is no trouble in float32."""


@dataclass(frozen=True, slots=True)
class Windows:
    """So many windows along one axis, each so long and so far from the last."""

    axis: int
    length: int
    stride: int
    count: int


def pool(x: GaussianMaps, operation: Pool2D, correlation: float) -> GaussianMaps:
    """Pool Gaussian maps.

    Args:
        x: what is pooled.
        operation: how.
        correlation: between the positions of one window.
    """
    if x.common is not None:  # smooth, so that the winner's is about the average
        common = tf.nn.avg_pool2d(x.common, operation.size, operation.strides, operation.padding)
        return replace(pool(replace(x, common=None), operation, correlation), common=common)
    if x.own is None:
        reduce = tf.nn.max_pool2d if operation.reduction == "max" else tf.nn.avg_pool2d
        return GaussianMaps(reduce(x.mean, operation.size, operation.strides, operation.padding), None, x.flat)
    if operation.reduction == "max":
        return _maximum(x, operation, correlation)
    return _average(x, operation, correlation)


def _average(x: GaussianMaps, operation: Pool2D, correlation: float) -> GaussianMaps:
    def average(values: tf.Tensor) -> tf.Tensor:
        return tf.nn.avg_pool2d(values, operation.size, operation.strides, operation.padding)

    shared = tf.square(average(tf.sqrt(x.own))) * correlation
    apart = average(x.own) * ((1.0 - correlation) / _window_sizes(x.size, operation))
    loadings = None if x.loadings is None else average(x.loadings)
    return GaussianMaps(average(x.mean), shared + apart, x.flat, loadings)


def _window_sizes(size: tuple[int, int], operation: Pool2D) -> np.ndarray:
    """Count the positions inside the map of every window, float32 [1, h', w', 1]."""
    counts = [
        np.array([_inside(begin, window, extent) for begin in _starts(extent, window, stride, operation.padding)])
        for extent, window, stride in zip(size, operation.size, operation.strides, strict=True)
    ]
    return np.outer(*counts).astype(np.float32)[None, :, :, None]


def _inside(begin: int, window: int, extent: int) -> int:
    return min(begin + window, extent) - max(begin, 0)


def _starts(extent: int, window: int, stride: int, padding: Padding) -> list[int]:
    """Give where windows begin on one axis: below 0 where the map is padded."""
    if padding == "VALID":
        return list(range(0, extent - window + 1, stride))
    count = math.ceil(extent / stride)
    before = max((count - 1) * stride + window - extent, 0) // 2
    return [index * stride - before for index in range(count)]


def _maximum(x: GaussianMaps, operation: Pool2D, correlation: float) -> GaussianMaps:
    if correlation == 1.0:
        best = _by_axes(Gaussian(x.mean, x.own, x.loadings), operation, winner)
        return GaussianMaps(best.mean, best.variance, x.flat, best.loadings)
    largest = _by_axes(correlate(Gaussian(x.mean, x.own, x.loadings), correlation), operation, larger)
    return GaussianMaps(largest.mean, tf.square(largest.loading) + largest.own, x.flat, largest.loadings)


def _by_axes(x: E, operation: Pool2D, better: Callable[[E, E], E]) -> E:
    for axis, (length, stride) in enumerate(zip(operation.size, operation.strides, strict=True), start=1):
        starts = _starts(int(x.mean.shape[axis]), length, stride, operation.padding)
        windows = Windows(axis, length, stride, len(starts))
        x = _reduce(_padded(x, starts, windows), windows, better)
    return x


def _padded(x: E, starts: list[int], windows: Windows) -> E:
    """Put what never wins around a map."""
    before, after = -starts[0], max(starts[-1] + windows.length - int(x.mean.shape[windows.axis]), 0)
    if before == after == 0:
        return x
    widths = [(before, after) if index == windows.axis else (0, 0) for index in range(4)]
    mean, *rest = x
    padded = (None if values is None else tf.pad(values, widths) for values in rest)
    return type(x)(tf.pad(mean, widths, constant_values=FAR_BELOW), *padded)


def _reduce(x: E, windows: Windows, better: Callable[[E, E], E]) -> E:
    """Find the best of every window on one axis, in pairs."""
    if windows.length == windows.stride and windows.length % 2 == 0:  # all windows' pairs at once
        half = windows.length // 2
        pairs = _tournament(x, Windows(windows.axis, 2, 2, windows.count * half), better)
        return _reduce(pairs, Windows(windows.axis, half, half, windows.count), better)
    return _tournament(x, windows, better)


def _tournament(x: E, windows: Windows, better: Callable[[E, E], E]) -> E:
    entrants = [
        type(x)(*(None if values is None else _take(values, windows, offset) for values in x))
        for offset in range(windows.length)
    ]
    while len(entrants) > 1:
        winners = [better(*pair) for pair in zip(entrants[::2], entrants[1::2], strict=False)]
        entrants = winners + entrants[len(entrants) & ~1 :]
    return entrants[0]


def _take(values: tf.Tensor, windows: Windows, offset: int) -> tf.Tensor:
    """Take the positions at one offset in every window.

    By a reshape and slices of step 1: XNNPACK leaves others to a slower kernel.
    """
    axis, stride, count = windows.axis, windows.stride, windows.count
    block, within = divmod(offset, stride)
    values = _stretch(values, axis, block * stride, count * stride)
    if stride == 1:
        return values
    before, behind = [-1, *values.shape[1:axis]], values.shape[axis + 1 :]
    folded = tf.reshape(values, [*before, count, stride, *behind])
    return tf.reshape(_stretch(folded, axis + 1, within, 1), [*before, count, *behind])


def _stretch(values: tf.Tensor, axis: int, start: int, length: int) -> tf.Tensor:
    """Take a stretch of an axis; zeros, which nobody looks at, stand behind its end."""
    missing = start + length - int(values.shape[axis])
    if missing > 0:
        values = tf.pad(values, [(0, missing if index == axis else 0) for index in range(len(values.shape))])
    if length == values.shape[axis]:
        return values
    return values[(slice(None),) * axis + (slice(start, start + length),)]
