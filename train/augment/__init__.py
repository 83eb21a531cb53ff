"""Makes training images look as if other people had written them and a camera had taken them.

A hand, a pen and a camera are drawn for each image anew: the hand writes ones with an upstroke, and shifts, scales,
turns, slants and bends the strokes; the pen makes them thick or thin, or hollow; the camera adds stains, blur, faint
ink, uneven light, noise, and bits of ruled line, of bent lines and of the next digit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.finder.normalise import normalise
from train.augment.camera import photograph
from train.augment.hand import rewrite
from train.augment.pen import retrace

CHUNK: Final = 500
"""Images worked on at a time, few enough to stay in the processor's cache."""
RESEMBLED: Final = {
    "rotate": "turned strokes",
    "scale": "strokes scaled from 0.65 to 1.2",
    "shear": "slanted strokes",
    "translate": "strokes shifted by up to 5 pixels",
    "shot_noise": "noise",
    "glass_blur": "blur",
    "motion_blur": "blur, wider one way than the other",
    "brightness": "light and shadow on the paper",
    "spatter": "stains",
    "dotted_line": "ruled and bent lines",
    "zigzag": "bent lines",
    "canny_edges": "hollow strokes",
}
"""Corruptions of MNIST-C that something here resembles, by name, and what: a network so trained has seen their like.

None is copied. Impulse noise, stripe and fog are of families that training never shows.
"""


def augment(images: NDArray[np.float32], labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float32]:
    """Write every image by another hand and photograph it.

    Args:
        images: float32 [N, 28, 28, 1], paper 1 and ink 0.
        labels: int64 [N], the digits.
        rng: the source of all chance; the same state gives the same images.

    Returns:
        Images of the same shape and convention. Half of them are brought into MNIST's frame as the app does it; the
        others stay where the hand put them.
    """
    augmented = np.empty_like(images)
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        ink = rewrite(1.0 - images[part, ..., 0], labels[part], rng)
        ink = photograph(_frame(retrace(ink, rng), rng), rng)
        augmented[part, ..., 0] = 1.0 - np.clip(ink, 0.0, 1.0)
    return augmented


def _frame(ink: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    for index in np.flatnonzero(rng.random(len(ink)) < 0.5):
        ink[index] = 1.0 - normalise(ink[index])[..., 0]
    return ink
