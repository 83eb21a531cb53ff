"""Grey levels lifted, turned round, or reduced to edges."""

from __future__ import annotations

import numpy as np
from skimage.feature import canny

from dataset.corruptions.streams import Images, Streams


def brightness(ink: Images, _streams: Streams) -> Images:
    """Lift every pixel by half of full ink, severity 5."""
    return ink + 0.5


def stripe(ink: Images, _streams: Streams) -> Images:
    """Turn ink and paper round in the seven columns on the left and on the right."""
    striped = ink.copy()
    striped[:, :, :7] = 1.0 - ink[:, :, :7]
    striped[:, :, 21:] = 1.0 - ink[:, :, 21:]
    return striped


def canny_edges(ink: Images, _streams: Streams) -> Images:
    """Keep the edges that Canny's detector finds at sigma 1."""
    return np.stack([canny(image) for image in ink]).astype(np.float64)
