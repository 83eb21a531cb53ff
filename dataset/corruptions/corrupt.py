"""Draw one corruption over a stack of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset.corruptions import blur, geometry, noise, strokes, tone, weather
from dataset.corruptions.streams import Images, Streams, open_streams

BLOCK: Final = 250
"""Images drawn at a time: enough to vectorise over, few enough to stay in memory."""


def identity(ink: Images, _streams: Streams) -> Images:
    """Leave the images as they are."""
    return ink


CORRUPTIONS: Final[dict[str, Callable[[Images, Streams], Images]]] = {
    "identity": identity,
    "shot_noise": noise.shot_noise,
    "impulse_noise": noise.impulse_noise,
    "glass_blur": blur.glass_blur,
    "motion_blur": blur.motion_blur,
    "shear": geometry.shear,
    "scale": geometry.scale,
    "rotate": geometry.rotate,
    "brightness": tone.brightness,
    "translate": geometry.translate,
    "stripe": tone.stripe,
    "fog": weather.fog,
    "spatter": weather.spatter,
    "dotted_line": strokes.dotted_line,
    "zigzag": strokes.zigzag,
    "canny_edges": tone.canny_edges,
}
NAMES: Final = tuple(CORRUPTIONS)


def corrupt(images: NDArray[np.uint8], name: str, *, split: str, seed: int = 0) -> NDArray[np.uint8]:
    """Draw a corruption over images, each from a stream of its own.

    Image i comes out the same, byte for byte, whatever stands before or behind it.

    Args:
        images: raw MNIST pixels, uint8 [N, 28, 28], paper 0 and ink 255.
        name: one of `NAMES`.
        split: `train` or `test`: the same index is drawn differently in each.
        seed: 0 or more; another seed draws another set.

    Returns:
        Corrupted pixels, uint8 [N, 28, 28].
    """
    corrupted = np.empty_like(images)
    with tqdm(total=len(images), desc=f"drawing {name}, {split}", unit="image", disable=None) as progress:
        for start in range(0, len(images), BLOCK):
            block = images[start : start + BLOCK]
            streams = open_streams(f"{name}/{split}", range(start, start + len(block)), seed)
            drawn = CORRUPTIONS[name](block / 255.0, streams)
            corrupted[start : start + BLOCK] = np.rint(255.0 * np.clip(drawn, 0.0, 1.0))
            progress.update(len(block))
    return corrupted
