"""Random textures of paper, ink and wood."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def blotches(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    """Draw smooth noise of about unit variance with blotches of so many pixels, float32 [h, w]."""
    return grain(shape, (size, size), rng)


def grain(shape: tuple[int, ...], size: tuple[float, float], rng: np.random.Generator) -> Array:
    """Draw smooth noise of about unit variance with blotches of a height and a width, float32 [h, w]."""
    height, width = shape
    knots = (max(2, round(height / size[0])), max(2, round(width / size[1])))
    coarse = rng.standard_normal(knots, np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def fibres(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw fine noise of about unit variance, float32 [h, w]."""
    fine = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), 1.0)
    return np.asarray(3.5 * fine, np.float32)
