"""What else is on a page: tints, stripes, folds, printed digits, things set beside the writing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dataset.scenes import lettering
from dataset.scenes.pen import Colour, DrawnDigit
from dataset.scenes.scene import PRINTED
from dataset.scenes.sheet import MARGIN, Sheet

Array = NDArray[np.float32]

STRIPES: tuple[Colour, Colour] = ((0.45, 0.12, 0.08), (0.12, 0.10, 0.60))


def tint(sheet: Sheet, corners: list[tuple[float, float]], cell: tuple[float, float], rng: np.random.Generator) -> None:
    """Tint cells given by their upper left corners (y, x), their height and width: evenly, or in dots or lines."""
    height, width = (round(side) for side in cell)
    strength, style = rng.uniform(0.25, 0.5), rng.integers(3)
    period = rng.uniform(3, 5)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = np.sin(2 * np.pi * (x + y) / period) + (np.sin(2 * np.pi * (x - y) / period) if style == 1 else 0)
    coverage = np.full((height, width), 0.6, np.float32) if style == 0 else np.clip(waves, 0, 1).astype(np.float32)
    for top, left in corners:
        sheet.paint(strength * coverage, round(top), round(left), (0.35, 0.3, 0.3))


def stripes(sheet: Sheet, rng: np.random.Generator) -> None:
    """Print the slanting stripes of an airmail envelope along the edges of the view."""
    height, width = sheet.owner.shape
    wide, period = rng.uniform(12, 30), rng.uniform(30, 70)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    inset = np.minimum.reduce([x - MARGIN, y - MARGIN, width - MARGIN - x, height - MARGIN - y])
    along = (x + y) % (2 * period)
    for start, colour in zip((0.0, period), STRIPES, strict=True):
        drawn = (inset < wide) & (along >= start) & (along < start + 0.7 * period)
        sheet.paint(drawn.astype(np.float32), 0, 0, colour)


def fold(sheet: Sheet, rng: np.random.Generator) -> None:
    """Fold the sheet once or twice: one side of each fold is darker, and its edge a soft dark line."""
    height, width = sheet.owner.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(int(rng.integers(1, 3))):
        angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.05)
        at = rng.uniform(0.35, 0.65)
        across = np.cos(angle) * (x - at * width) + np.sin(angle) * (y - at * height)
        side = 1 - rng.uniform(0.03, 0.12) / (1 + np.exp(-np.clip(across / 2, -30, 30)))
        crease = 1 - rng.uniform(0.05, 0.25) * np.exp(-((across / rng.uniform(1, 3)) ** 2))
        sheet.reflectance *= (side * crease)[..., None].astype(np.float32)


def print_digit(sheet: Sheet, label: int, font: str, height: float, middle: tuple[float, float]) -> None:
    """Print a digit about a point (y, x)."""
    coverage = lettering.printed(str(label), font, height)
    top, left = (round(at - side / 2) for at, side in zip(middle, coverage.shape, strict=True))
    sheet.write(DrawnDigit(coverage, (0.1, 0.1, 0.1), label, PRINTED), top, left)


def set_beside(sheet: Sheet, coverage: Array, at: tuple[float, float], colour: Colour, sort: str) -> None:
    """Write something that is no digit with its left edge's middle at a point (y, x), as far as the sheet goes."""
    top, left = round(at[0] - coverage.shape[0] / 2), round(at[1])
    coverage = coverage[max(0, -top) :, : max(1, sheet.owner.shape[1] - left)]
    sheet.mark(coverage[: sheet.owner.shape[0] - max(0, top)], max(0, top), left, colour, sort)
