"""Makes training images look as if a camera had taken them.

A hand, a pen and a camera are drawn for each image anew: the hand shifts, scales, turns, slants and bends the strokes,
the pen makes them thick or thin, and the camera adds blur, faint ink, uneven light, noise, and bits of ruled line and
of the next digit.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.normalise import SIDE, normalise

Array = NDArray[np.float32]

CHUNK: Final = 500
"""Images worked on at a time, few enough to stay in the processor's cache."""
KNOTS: Final = 5
"""Side of the coarse grid of random displacements that bends the strokes."""


def augment(images: Array, rng: np.random.Generator) -> Array:
    """Redraw every image by another hand and photograph it.

    Args:
        images: float32 [N, 28, 28, 1], paper 1 and ink 0.
        rng: the source of all chance; the same state gives the same images.

    Returns:
        Images of the same shape and convention. Half of them are brought into MNIST's frame as the app does it; the
        others stay where the hand put them.
    """
    augmented = np.empty_like(images)
    for start in range(0, len(images), CHUNK):
        ink = 1.0 - images[start : start + CHUNK, ..., 0]
        ink = _photograph(_frame(_pen(_hand(ink, rng), rng), rng), rng)
        augmented[start : start + CHUNK, ..., 0] = 1.0 - np.clip(ink, 0.0, 1.0)
    return augmented


def _hand(ink: Array, rng: np.random.Generator) -> Array:
    """Shift by up to 5 pixels, scale, turn by up to 25 degrees, slant, and bend."""
    n = len(ink)
    angle = np.radians(rng.uniform(-25, 25, n))
    slant = rng.uniform(-0.3, 0.3, n)
    grow = np.exp(rng.uniform(np.log(0.65), np.log(1.2), n))
    wide = np.exp(rng.uniform(-0.15, 0.15, n))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = np.array([[grow * wide, slant], [np.zeros(n), grow / wide]])
    back = np.linalg.inv(np.einsum("ijn,jkn->nik", turn, shape))
    middle = (SIDE - 1) / 2
    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1) - middle
    place = grid - rng.uniform(-5, 5, (n, 1, 1, 2)) * _for_some(0.5, rng, (n, 1, 1, 1))
    maps = np.einsum("nij,nyxj->nyxi", back, place) + middle + _bend(n, rng)
    maps = maps.astype(np.float32)
    return np.stack(
        [cv2.remap(one, at[..., 0], at[..., 1], cv2.INTER_LINEAR) for one, at in zip(ink, maps, strict=True)]
    )


def _bend(n: int, rng: np.random.Generator) -> Array:
    """Smooth random displacements in pixels [n, 28, 28, 2]."""
    knots = rng.normal(size=(n, 2, KNOTS, KNOTS)) * rng.uniform(0, 1.2, (n, 1, 1, 1))
    smooth = cv2.resize(np.eye(KNOTS), (KNOTS, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.moveaxis(smooth @ knots @ smooth.T, 1, -1), np.float32)


def _pen(ink: Array, rng: np.random.Generator) -> Array:
    """Thicken or thin strokes by up to about a pixel on either side."""
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    share = rng.uniform(-0.7, 1.0, len(ink)) * _for_some(0.6, rng, len(ink))
    for index in np.flatnonzero(share):
        change = cv2.dilate if share[index] > 0 else cv2.erode
        ink[index] += abs(share[index]) * (change(ink[index], kernel) - ink[index])
    return ink


def _frame(ink: Array, rng: np.random.Generator) -> Array:
    for index in np.flatnonzero(rng.random(len(ink)) < 0.5):
        ink[index] = 1.0 - normalise(ink[index])[..., 0]
    return ink


def _photograph(ink: Array, rng: np.random.Generator) -> Array:
    """Add neighbours, ruled lines, blur, faint ink, uneven light and noise, each to some of the images."""
    n = len(ink)
    for index in np.flatnonzero(rng.random(n) < 0.1):
        _crowd(ink[index], ink[rng.integers(n)], rng)
    for index in np.flatnonzero(rng.random(n) < 0.3):
        _rule(ink[index], rng)
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
        start = rng.uniform(0, SIDE, 2)
        angle = rng.choice([0, np.pi / 2]) + rng.normal() * 0.15
        reach = rng.uniform(5, 30) * np.array([np.cos(angle), np.sin(angle)])
        drawn = np.zeros((SIDE, SIDE), np.uint8)
        begin, end = np.round([start - reach, start + reach]).astype(int).tolist()
        cv2.line(drawn, begin, end, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
        np.maximum(ink, drawn * np.float32(rng.uniform(0.3, 1.0) / 255), out=ink)


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
