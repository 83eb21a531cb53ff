"""Makes training images look as if other people had written them and a camera had taken them.

A hand, a pen and a camera are drawn for each image anew: the hand writes ones with an upstroke, and shifts, scales,
turns, slants and bends the strokes; the pen makes them thick or thin; the camera adds stains, blur, faint ink, uneven
light, noise, and bits of ruled line and of the next digit.
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
