"""Noise of the sensor, pixel by pixel."""

from __future__ import annotations

import numpy as np

from dataset.corruptions.streams import Images, Streams, draw_each


def shot_noise(ink: Images, streams: Streams) -> Images:
    """Count photons, severity 5: Poisson with full ink worth three."""
    counts = np.stack([stream.poisson(3.0 * image) for stream, image in zip(streams, ink, strict=True)])
    return counts / 3.0


def impulse_noise(ink: Images, streams: Streams) -> Images:
    """Turn pixels to salt or pepper, severity 4: 17 % of them, half of those to each."""
    chance = draw_each(streams, lambda stream: stream.random((2, *ink.shape[1:])))
    salt = np.where(chance[:, 1] < 0.5, 1.0, 0.0)
    return np.where(chance[:, 0] < 0.17, salt, ink)
