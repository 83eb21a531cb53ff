"""Draws what is no digit for the network to learn from (outlier exposure: Hendrycks et al. 2019, arXiv 1812.04606).

What `train.not_digits` draws to measure with comes from other fonts, other curves and other digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from train.outliers.canvas import Array
from train.outliers.letters import draw_letter
from train.outliers.marks import draw_lines, draw_paper, draw_scribble, draw_smudge, draw_spots
from train.outliers.pieces import draw_piece, invert, join

Draw = Callable[[np.random.Generator], Array | None]


def draw_outliers(digits: NDArray[np.float32], count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw letters, scribbles, lines, spots, smudges, bare paper, and pieces, pairs and negatives of digits.

    Args:
        digits: to cut, join and invert, float32 [N, 28, 28, 1], paper 1 and ink 0.
        count: how many to draw.
        rng: the source of all chance; the same state gives the same images.

    Returns:
        Images, float32 [count, 28, 28, 1]; sorts in random order.
    """

    def one(rng: np.random.Generator) -> Array:
        return np.asarray(digits[rng.integers(len(digits))])

    sorts: Final[dict[Draw, float]] = {
        draw_letter: 0.40,
        draw_scribble: 0.13,
        draw_lines: 0.07,
        draw_spots: 0.05,
        draw_smudge: 0.03,
        draw_paper: 0.03,
        lambda rng: draw_piece(one(rng), rng): 0.19,
        lambda rng: join(one(rng), one(rng), rng): 0.03,
        lambda rng: invert(one(rng), rng): 0.07,
    }
    draws = tuple(sorts)
    images: list[Array] = []
    while len(images) < count:
        image = draws[rng.choice(len(draws), p=tuple(sorts.values()))](rng)
        if image is not None:
            images.append(image)
    return np.stack(images) if images else np.empty((0, *digits.shape[1:]), np.float32)
