"""Patches of generated pages: the strength of the ink, and which of it is a digit's."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset.scenes import Scene
from dataset.scenes.kinds import Kind, render_kind
from dataset.scenes.scene import IN_TEXT
from edge_app.finder.ink import darkest_channel, halved, is_light_on_dark, measure_ink
from edge_app.finder.scales import TALLEST
from edge_app.finder.search import PAPER_WINDOW

SIDE: Final = 192
"""Side of a patch in pixels."""
SHORTEST: Final = 14.0
"""Height of the smallest digits, in pixels."""
TINY: Final = 0.15
"""Share of the pages that are shrunk until their digits are too small to read: then nothing is a digit's."""
INKED: Final = 12
"""Strength from which a pixel counts as ink."""
BARE: Final = 0.05
"""Weight of bare paper, which is easy and of which there is most."""
SLIGHT: Final = (0.7, 2.5)
"""Least and largest weight of a digit's ink: a 1 counts as much as an 8, although it has a third of the ink."""


@dataclass(frozen=True, slots=True)
class Patches:
    """Patches to train on.

    Attributes:
        strength: uint8 [N, SIDE, SIDE].
        digit: whether a pixel is a digit's ink, uint8 [N, SIDE, SIDE] of 0 and 1.
        weight: how much a pixel counts, float16 [N, SIDE, SIDE].
    """

    strength: NDArray[np.uint8]
    digit: NDArray[np.uint8]
    weight: NDArray[np.float16]


def cut_patches(pages: int, each: int, seed: int) -> Patches:
    """Cut patches from generated pages.

    Args:
        pages: how many of each kind, from the training half.
        each: patches of a page.
        seed: of the first page; the same seed gives the same patches.
    """
    rng = np.random.default_rng(seed)
    found = [
        patch
        for kind in tqdm(list(Kind), unit="kind", disable=None)
        for number in range(pages)
        for patch in _of_page(render_kind(kind, "train", seed + number), each, rng)
    ]
    strength, digit, weight = (np.stack(part) for part in zip(*found, strict=True))
    return Patches(strength, digit, weight)


def _of_page(
    scene: Scene, each: int, rng: np.random.Generator
) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float16]]]:
    """Shrink or enlarge a page so that its digits fit one scale of the search, and cut patches out of it."""
    heights = [digit.box.height for digit in scene.digits]
    if scene.owner is None or not heights:
        return []
    small = rng.random() < TINY
    wanted = np.exp(rng.uniform(*np.log((4, 0.75 * SHORTEST) if small else (SHORTEST, TALLEST))))
    factor = float(np.clip(wanted / np.median(heights), 0.1, 1.6))
    dark = darkest_channel(scene.image, light_on_dark=is_light_on_dark(halved(scene.image)))
    size = (max(1, round(dark.shape[1] * factor)), max(1, round(dark.shape[0] * factor)))
    dark = np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_AREA), np.uint8)
    owner = np.asarray(cv2.resize(np.maximum(scene.owner, 0), size, interpolation=cv2.INTER_NEAREST), np.int16)
    strength = measure_ink(dark, PAPER_WINDOW * TALLEST).strength
    core = (owner > 0).astype(np.uint8)
    grown = cv2.dilate(core, np.ones((3, 3), np.uint8))
    digit = core * (wanted >= SHORTEST)
    weight = np.where(strength > INKED, 1.0, BARE)
    weight[core > 0] = _weights(owner)[owner[core > 0]]
    weight[(grown > 0) & (core == 0)] = 0  # the faded edge of a stroke is neither
    for printed in scene.printed:
        left, top, width, height = (round(factor * side) for side in astuple(printed.box))
        place = (slice(top, top + height), slice(left, left + width))
        if printed.index == IN_TEXT:
            digit[place] = 0
        else:
            weight[place] = 0  # in a cell of its own it may be found or not
    patches = []
    around = [(0, max(0, SIDE - side)) for side in strength.shape]
    strength, digit, weight = np.pad(strength, around), np.pad(digit, around), np.pad(weight, around)
    for _ in range(each):
        y, x = (int(rng.integers(side - SIDE + 1)) for side in strength.shape)
        part = (slice(y, y + SIDE), slice(x, x + SIDE))
        patches.append((strength[part], digit[part], weight[part].astype(np.float16)))
    return patches


def _weights(owner: NDArray[np.int16]) -> NDArray[np.float64]:
    """Weight of a pixel of each digit, by its number, so that all digits weigh about the same, float64 [n + 1]."""
    areas = np.bincount(owner.ravel())
    areas[0] = 0
    usual = np.median(areas[areas > 0]) if areas.any() else 1.0
    return np.asarray(np.clip(usual / np.maximum(areas, 1), *SLIGHT), np.float64)
