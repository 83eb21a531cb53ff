"""A pen and the hand that holds it: MNIST's digits drawn larger, with crisp edges and in colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from dataset.load import Split
from dataset.scenes.texture import blotches

Array = NDArray[np.float32]
Colour = tuple[float, float, float]

PENS: Final[tuple[Colour, ...]] = (
    (0.08, 0.07, 0.07),
    (0.45, 0.15, 0.08),
    (0.55, 0.25, 0.12),
    (0.12, 0.10, 0.55),
    (0.12, 0.35, 0.10),
    (0.35, 0.12, 0.35),
    (0.36, 0.36, 0.36),
)
CHALKS: Final[tuple[Colour, ...]] = ((0.90, 0.92, 0.92), (0.45, 0.85, 0.90), (0.90, 0.75, 0.55), (0.70, 0.62, 0.92))


@dataclass(frozen=True, slots=True)
class Hand:
    """How somebody writes.

    Attributes:
        size: usual height of a digit in pixels.
        boldness: 0.4 to 0.65; larger is bolder, 0.5 leaves MNIST's strokes as wide as they are.
        unevenness: share by which the ink runs thin in places.
        colour: of the ink, BGR reflectance.
        nib: width of a fine pen's line in pixels; None for strokes as bold as MNIST's.
    """

    size: float
    boldness: float
    unevenness: float
    colour: Colour
    nib: float | None = None


@dataclass(frozen=True, slots=True)
class DrawnDigit:
    """A digit ready to be put on a sheet.

    Attributes:
        coverage: how far ink covers each pixel, float32 [h, w], 0 to 1.
        colour: of the ink.
        label: which digit it is.
        index: which image of its split it was drawn from.
    """

    coverage: Array
    colour: Colour
    label: int
    index: int


def draw_digit(source: Split, hand: Hand, rng: np.random.Generator) -> DrawnDigit:
    """Draw a random digit of a split, within 12 % of the hand's usual size."""
    index = int(rng.integers(len(source.y)))
    height = max(8, round(hand.size * rng.uniform(0.88, 1.12)))
    coverage = _enlarge(1 - source.x[index, ..., 0], height, hand.boldness)
    if hand.nib is not None:
        coverage = _follow(coverage, hand.nib)
    thin = np.clip(blotches(coverage.shape, 4, rng), 0, 1) * hand.unevenness
    return DrawnDigit(coverage * (1 - thin), hand.colour, int(source.y[index]), index)


def _follow(coverage: Array, nib: float) -> Array:
    """Draw the middle of the strokes again with a nib of a width in pixels, float32 [h, w]."""
    beside = np.asarray(~skeletonize(coverage > 0.5), np.uint8)
    distance = cv2.distanceTransform(beside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.clip(nib / 2 + 0.5 - distance, 0, 1), np.float32)


def _enlarge(ink: Array, height: int, boldness: float) -> Array:
    """Draw an MNIST digit, float32 [28, 28], so many pixels high, with edges 1.5 pixels wide."""
    ink = np.pad(ink, 2)
    x, y, width, h = cv2.boundingRect((ink > 0.3).view(np.uint8))
    scale = height / h
    part = ink[y - 2 : y + h + 2, x - 2 : x + width + 2]
    size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
    smooth = cv2.GaussianBlur(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), (0, 0), 0.35 * scale)
    crisp = np.clip((smooth - (1 - boldness)) * max(1.0, scale / 1.5) + 0.5, 0, 1).astype(np.float32)
    x, y, width, h = cv2.boundingRect((crisp > 0.05).view(np.uint8))
    return np.asarray(crisp[y : y + h, x : x + width], np.float32)
