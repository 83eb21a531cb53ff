"""Mud and fog before the lens."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from dataset.corruptions.streams import Images, Streams, draw_each


def spatter(ink: Images, streams: Streams) -> Images:
    """Cover blobs of mud, severity 4: blurred noise above a threshold, its edges softened, grey 63 of 255."""
    noise = draw_each(streams, lambda stream: stream.normal(0.65, 0.3, ink.shape[1:]))
    liquid = gaussian_filter(noise, 1.0, mode="nearest", axes=(1, 2))
    mud: Images = gaussian_filter(np.where(liquid > 0.65, 1.0, 0.0), 1.5, mode="nearest", axes=(1, 2))
    mud[mud < 0.8] = 0.0
    return ink * (1.0 - mud) + 63.0 / 255.0 * mud
