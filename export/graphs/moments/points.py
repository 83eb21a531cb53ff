"""Fixed points that stand for a standard Normal distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from export.errors import ExportError


def normal_points(count: int, dimensions: int, seed: int) -> NDArray[np.float32]:
    """Spread points as a standard Normal distribution does, evenly rather than by chance.

    Scrambled Sobol points (Owen 1998), at the Normal's quantiles, each followed by its mirror image, so that odd
    moments are exact, and whitened, so that second moments are. The first few are spread evenly too: the app shows
    what they say alone when the user asks.

    Args:
        count: number K of points.
        dimensions: of each.
        seed: of the scrambling; the same seed gives the same points.

    Returns:
        float32 [count, dimensions].

    Raises:
        ExportError: the count is odd, or too small to be whitened.
    """
    if count % 2 or count < 2 * dimensions:
        raise ExportError(
            f"samples: found {count}, expected an even number of at least {2 * dimensions}, twice the number of "
            "classes, or of a regression's last values, for kind moments"
        )
    half = count // 2
    uniform = qmc.Sobol(dimensions, seed=seed).random_base2(max(half - 1, 1).bit_length())[:half]
    quantiles = norm.ppf(np.clip(uniform, 1e-9, 1 - 1e-9))
    points = np.stack([quantiles, -quantiles], axis=1).reshape(count, dimensions)
    return _whitened(points)


def even_points(count: int, dimensions: int, seed: int) -> NDArray[np.float32]:
    """Move `normal_points` so that each coordinate is at the Normal's even quantiles, (i + 1/2) / count, whitened.

    The interval between the points' percentiles is then a quantity's own.
    """
    ranks = np.argsort(np.argsort(normal_points(count, dimensions, seed), axis=0), axis=0)
    return _whitened(norm.ppf((ranks + 0.5) / count))


def _whitened(points: NDArray[np.float64]) -> NDArray[np.float32]:
    root = np.linalg.cholesky(points.T @ points / len(points))
    return np.asarray(np.linalg.solve(root, points.T).T, np.float32)
