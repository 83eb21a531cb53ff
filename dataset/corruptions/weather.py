"""Mud on the lens and fog before it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from dataset.corruptions.streams import Images, Streams, draw_each

CLOUD_SIDE: Final = 256
CLOUD_DECAY: Final = 1.4


def spatter(ink: Images, streams: Streams) -> Images:
    """Cover blobs with mud, severity 4: blurred noise above a threshold, its edges softened, grey 63 of 255."""
    noise = draw_each(streams, lambda stream: stream.normal(0.65, 0.3, ink.shape[1:]))
    liquid = gaussian_filter(noise, 1.0, mode="nearest", axes=(1, 2))
    mud: Images = gaussian_filter(np.where(liquid > 0.65, 1.0, 0.0), 1.5, mode="nearest", axes=(1, 2))
    mud[mud < 0.8] = 0.0
    return ink * (1.0 - mud) + 63.0 / 255.0 * mud


def fog(ink: Images, streams: Streams) -> Images:
    """Add three times a corner of a cloud, severity 5, and bring the sum back into the range of the digit."""
    clouds = draw_each(streams, _draw_cloud)[:, : ink.shape[1], : ink.shape[2]]
    brightest = ink.max(axis=(1, 2), keepdims=True)
    fogged: Images = (ink + 3.0 * clouds) * brightest / (brightest + 3.0)
    return fogged


def _draw_cloud(stream: np.random.Generator) -> NDArray[np.float32]:
    """Draw a fractal height map, [256, 256] from 0 to 1, by the diamond-square algorithm.

    Fournier, Fussell and Carpenter 1982 (doi 10.1145/358523.358553); the map wraps round its edges. Every halving of
    the step divides the noise by the square of the decay, as in the benchmark.
    """
    noise = stream.random((CLOUD_SIDE, CLOUD_SIDE), dtype=np.float32) - 0.5
    cloud = np.zeros_like(noise)
    step, strength = CLOUD_SIDE, 1.0
    while step > 1:
        half = step // 2
        corners = cloud[::step, ::step]
        right, below = np.roll(corners, -1, axis=1), np.roll(corners, -1, axis=0)
        middles = (corners + right + below + np.roll(below, -1, axis=1)) / 4.0
        middles += strength * noise[half::step, half::step]
        tops = (corners + right + middles + np.roll(middles, 1, axis=0)) / 4.0
        tops += strength * noise[::step, half::step]
        sides = (corners + below + middles + np.roll(middles, 1, axis=1)) / 4.0
        sides += strength * noise[half::step, ::step]
        cloud[half::step, half::step], cloud[::step, half::step], cloud[half::step, ::step] = middles, tops, sides
        step, strength = half, strength / CLOUD_DECAY**2
    heights: NDArray[np.float32] = (cloud - cloud.min()) / np.ptp(cloud)
    return heights
