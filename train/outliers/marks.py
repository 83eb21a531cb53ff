"""Marks that mean nothing: scribbles, lines, brackets, spots, smudges, and bare paper."""

from __future__ import annotations

import math
from typing import Any, Final

import cv2
import numpy as np

from edge_app.finder.normalise import SIDE
from train.augment.pen import draw_stroke
from train.outliers.canvas import CANVAS, Array, canvas, framed

MIDDLE: Final = CANVAS / 2


def draw_scribble(rng: np.random.Generator) -> Array:
    """Draw a line that wanders, one that turns in waves, or many strokes to and fro."""
    drawn, width = canvas(), int(rng.integers(2, 9))
    kind = rng.random()
    if kind < 0.4:  # a pen that keeps its direction for a while
        turns = rng.normal(size=int(rng.integers(14, 40))) * rng.uniform(0.5, 1.4)
        steps = rng.uniform(4, 14) * np.stack([np.cos(turns.cumsum()), np.sin(turns.cumsum())], axis=1)
        draw_stroke(drawn, _fit(steps.cumsum(axis=0), rng), width, smooth=True)
    elif kind < 0.75:  # waves of several frequencies in either direction
        time = np.linspace(0, 2 * math.pi, 90)[:, None, None]
        waves = np.arange(1, int(rng.integers(4, 8)))
        parts = np.sin(waves * time + rng.uniform(0, 2 * math.pi, (2, len(waves)))) * rng.normal(size=(2, len(waves)))
        draw_stroke(drawn, _fit(parts.sum(axis=-1), rng), width, smooth=False)
    else:  # crossing out
        count = int(rng.integers(5, 16))
        along = np.sort(rng.uniform(0, 1, count))
        across = np.where(np.arange(count) % 2, 1, -1) * rng.uniform(0.3, 1, count)
        draw_stroke(
            drawn, _fit(np.stack([along * rng.uniform(0.5, 3), across], axis=1), rng), width, smooth=rng.random() < 0.5
        )
    return framed(drawn)


def draw_lines(rng: np.random.Generator) -> Array:
    """Draw a dash, crossing or parallel lines, a corner, a box, a bracket, or teeth; nothing that is upright alone."""
    x, y = rng.uniform(12, 36, 2)
    kind = int(rng.integers(6))
    strokes: list[Any]
    if kind == 0:  # a dash: at most 27 degrees from level
        rise = x * rng.uniform(-0.5, 0.5)
        strokes = [[(-x, -rise), (x, rise)]]
    elif kind == 1:  # lines that cross or run side by side
        strokes = list(rng.uniform(-40, 40, (int(rng.integers(2, 5)), 2, 2)))
    elif kind == 2:  # a corner or a crossing of a grid's lines
        column, row = rng.uniform(-0.8, 0.8, 2) * (x, y)
        strokes = [[(-x, row), (x, row)], [(column, -y), (column, y)]]
    elif kind == 3:  # a box, closed or open on one side
        corners = [(-x, -y), (x, -y), (x, y), (-x, y), (-x, -y)]
        strokes = [corners[: int(rng.integers(4, 6))]]
    elif kind == 4:  # a square bracket
        reach = rng.choice([-1, 1]) * rng.uniform(10, 24)
        strokes = [[(reach, -40), (0, -40), (0, 40), (reach, 40)]]
    else:  # a tick, or a zigzag of many teeth
        count = int(rng.choice([3, *range(6, 12)]))
        teeth = np.where(np.arange(count) % 2, -1, 1) * rng.uniform(0.6, 1, count) * y
        strokes = [np.stack([np.linspace(-40, 40, count), teeth], axis=1)]
    drawn, width = canvas(), int(rng.integers(2, 10))
    turn = _rotation(rng.normal() * 0.12)
    for points in strokes:
        draw_stroke(drawn, np.asarray(points) @ turn + MIDDLE, width, smooth=False)
    return framed(drawn)


def draw_spots(rng: np.random.Generator) -> Array:
    """Draw one to nine round or square spots, in a row, in a grid or anywhere, with or without an edge around them."""
    drawn, count = canvas(), int(rng.integers(1, 10))
    size = rng.uniform(3, 12) if count > 1 else rng.uniform(10, 40)
    if rng.random() < 0.5:
        cells = rng.permutation([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])[:count]
        places = cells * rng.uniform(14, 30) @ _rotation(rng.uniform(-0.4, 0.4))
    else:
        places = rng.uniform(-34, 34, (count, 2))
    for x, y in np.round((places + MIDDLE) * 8).astype(int).tolist():
        axes = np.round(size * 8 * rng.uniform(0.8, 1.25, 2)).astype(int).tolist()
        cv2.ellipse(drawn, (x, y), axes, rng.uniform(0, 180), 0, 360, 255, cv2.FILLED, cv2.LINE_AA, 3)
    if rng.random() < 0.4:
        edge = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) * rng.uniform(36, 44)
        draw_stroke(drawn, edge @ _rotation(rng.uniform(-0.3, 0.3)) + MIDDLE, int(rng.integers(2, 7)), smooth=False)
    return framed(drawn)


def draw_smudge(rng: np.random.Generator) -> Array:
    """Draw a cloud of ink without strokes, soft or hard at its edge."""
    side = int(rng.integers(3, 8))
    cloud = cv2.resize(rng.normal(size=(side, side)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    column, row = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE))
    near = 1.2 - np.hypot(column / rng.uniform(0.4, 1), row / rng.uniform(0.4, 1))
    ink = np.clip((near + cloud * rng.uniform(0.2, 0.8)) * rng.uniform(0.7, 6), 0, 1) * rng.uniform(0.3, 1)
    return np.asarray(1 - ink, np.float32)[..., None]


def draw_paper(rng: np.random.Generator) -> Array:
    """Give paper, from white to black, evenly lit or fading, smooth or grained."""
    angle, across = rng.uniform(0, 2 * math.pi), np.linspace(-0.5, 0.5, SIDE)
    ramp = math.cos(angle) * across + math.sin(angle) * across[:, None]
    grain = rng.normal(size=(SIDE, SIDE)) * rng.uniform(0, 0.15)
    if rng.random() < 0.5:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.5, 2)))
    tone = 1 - rng.uniform(0, 0.5) if rng.random() < 0.7 else rng.uniform(0, 1)
    return np.clip(tone + ramp * rng.uniform(0, 0.8) + grain, 0, 1).astype(np.float32)[..., None]


def _fit(points: Array, rng: np.random.Generator) -> Array:
    """Turn, squeeze and scale points [P, 2] to fill the canvas but for a margin."""
    turned = (points - points.mean(axis=0)) @ _rotation(rng.uniform(0, 2 * math.pi))
    turned = turned / np.maximum(np.ptp(turned, axis=0), 1e-3) * (rng.uniform(30, 76), rng.uniform(30, 76))
    return np.asarray(turned - (turned.max(axis=0) + turned.min(axis=0)) / 2 + MIDDLE, np.float32)


def _rotation(angle: float) -> Array:
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], np.float32)
