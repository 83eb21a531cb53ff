"""A camera's picture of a digit on used paper: neighbours, ruled lines, stains, blur, faint ink, light and noise."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder.normalise import SIDE
from train.augment.pen import draw_stroke

Array = NDArray[np.float32]

SHIFT: Final = 4
STEPS: Final = 1 << SHIFT
"""Steps of a pixel in which stains are placed and sized."""
CROSSED: Final = 0.1
"""Share of the images that a bent line crosses."""


def photograph(ink: Array, rng: np.random.Generator) -> Array:
    """Add what paper and camera add, each to some of the images, in place.

    Args:
        ink: float32 [N, 28, 28], 0 where the paper is bare and 1 where ink covers it.
        rng: the source of all chance.
    """
    n = len(ink)
    for index in np.flatnonzero(rng.random(n) < 0.1):
        _crowd(ink[index], ink[rng.integers(n)], rng)
    for index in np.flatnonzero(rng.random(n) < 0.3):
        _rule(ink[index], rng)
    for index in np.flatnonzero(rng.random(n) < CROSSED):
        _cross(ink[index], rng)
    for index in np.flatnonzero(rng.random(n) < 0.3):
        _stain(ink[index], rng)
    for index in np.flatnonzero(rng.random(n) < 0.3):
        ink[index] = cv2.GaussianBlur(ink[index], (0, 0), *rng.uniform(0.3, 1.3, 2))
    ink *= 1.0 - rng.uniform(0, 0.6, (n, 1, 1)) * _for_some(0.3, rng, (n, 1, 1))
    ink += (1.0 - ink) * _shade(n, rng)
    noisy = np.flatnonzero(rng.random(n) < 0.4)
    ink[noisy] += _grain(len(noisy), rng) * rng.uniform(0, 0.25, (len(noisy), 1, 1))
    return ink


def _crowd(ink: Array, neighbour: Array, rng: np.random.Generator) -> None:
    """Let a neighbouring digit reach 2 to 8 pixels into the image from the left or the right."""
    reach = int(rng.integers(2, 9))
    if rng.random() < 0.5:
        np.maximum(ink[:, :reach], neighbour[:, SIDE - 4 - reach : SIDE - 4], out=ink[:, :reach])
    else:
        np.maximum(ink[:, SIDE - reach :], neighbour[:, 4 : 4 + reach], out=ink[:, SIDE - reach :])


def _rule(ink: Array, rng: np.random.Generator) -> None:
    """Draw one or two straight lines, mostly level or upright, over all or part of the image."""
    for _ in range(rng.integers(1, 3)):
        (x, y), level = rng.uniform(0, SIDE, 2), rng.random() < 0.5
        angle = rng.normal(0 if level else math.pi / 2, 0.15)
        reach = rng.uniform(5, 30)
        along, across = reach * math.cos(angle), reach * math.sin(angle)
        drawn = np.zeros((SIDE, SIDE), np.uint8)
        begin, end = (round(x - along), round(y - across)), (round(x + along), round(y + across))
        cv2.line(drawn, begin, end, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
        _lay(ink, drawn, rng.uniform(0.3, 1.0))


def _cross(ink: Array, rng: np.random.Generator) -> None:
    """Draw a line of somebody else's over the image: one that bends at random, in curves or at corners."""
    corners = int(rng.integers(3, 7))
    along = np.sort(rng.uniform(-4, SIDE + 4, corners))
    across = rng.uniform(2, SIDE - 2) + rng.normal(size=corners) * rng.uniform(1, 6)
    points = np.stack([along, across] if rng.random() < 0.7 else [across, along], axis=1)
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    draw_stroke(drawn, points, int(rng.integers(1, 4)), smooth=rng.random() < 0.5)
    _lay(ink, drawn, rng.uniform(0.5, 1.0))


def _stain(ink: Array, rng: np.random.Generator) -> None:
    """Spoil the paper with one to six round stains or specks, each 1 to 8 pixels long and of one grey."""
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    count = int(rng.integers(1, 7))
    centres = rng.integers(0, SIDE * STEPS, (count, 2)).tolist()
    axes = np.exp(rng.uniform(np.log(0.5 * STEPS), np.log(4 * STEPS), (count, 2))).astype(int).tolist()
    turns = rng.uniform(0, 180, count).tolist()
    greys = np.sort(rng.uniform(0.1 * 255, 0.7 * 255, count)).tolist()  # the darkest last: it covers the others
    for centre, size, turn, grey in zip(centres, axes, turns, greys, strict=True):
        cv2.ellipse(drawn, centre, size, turn, 0, 360, grey, cv2.FILLED, cv2.LINE_AA, SHIFT)
    _lay(ink, drawn, 1.0)


def _lay(ink: Array, drawn: NDArray[np.uint8], strength: float) -> None:
    """Lay a drawing, 0 to 255, over the ink where it is darker."""
    np.maximum(ink, drawn * np.float32(strength / 255), out=ink)


def _shade(n: int, rng: np.random.Generator) -> Array:
    """Light that fades across the paper, or ends at the edge of a shadow, by at most half [n, 28, 28]."""
    angle = rng.uniform(0, 2 * np.pi, (n, 1, 1))
    across = np.linspace(-0.5, 0.5, SIDE)
    ramp = np.cos(angle) * across + np.sin(angle) * across[:, None]
    edge = ramp > rng.uniform(-0.4, 0.4, (n, 1, 1))
    fading = rng.uniform(0, 0.3, (n, 1, 1)) + rng.uniform(0, 0.4, (n, 1, 1)) * ramp
    shade = np.where(rng.random((n, 1, 1)) < 0.3, rng.uniform(0.1, 0.5, (n, 1, 1)) * edge, fading)
    return np.asarray(np.clip(shade, 0, 0.5) * _for_some(0.3, rng, (n, 1, 1)), np.float32)


def _grain(n: int, rng: np.random.Generator) -> Array:
    """Noise of mean 0 and deviation 1 [n, 28, 28]: a third as fine as the pixels, the rest as coarse as paper."""
    noise = rng.standard_normal((n, SIDE, SIDE), np.float32)
    for index in np.flatnonzero(rng.random(n) < 0.67):
        coarse = cv2.GaussianBlur(noise[index], (0, 0), rng.uniform(0.5, 2.5))
        noise[index] = coarse / coarse.std()
    return noise


def _for_some(share: float, rng: np.random.Generator, shape: int | tuple[int, ...]) -> NDArray[np.bool_]:
    return rng.random(shape) < share
