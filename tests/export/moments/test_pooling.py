"""Pooled Gaussians: windows are those of TensorFlow, averages are exact, maxima follow draws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import tensorflow as tf

from export.graphs.moments.gaussians import GaussianMaps
from export.graphs.moments.pooling import pool
from models.network import Padding, Pool2D

RNG = np.random.default_rng(0)
WINDOWS = list(product([(2, 2), (3, 3), (3, 2), (6, 1), (4, 4)], [(1, 1), (2, 2), (3, 2), (4, 4)], ["VALID", "SAME"]))


@pytest.mark.parametrize(("size", "strides", "padding"), WINDOWS)
def test_the_maximum_of_what_is_nearly_known_is_tensorflows(
    size: tuple[int, int], strides: tuple[int, int], padding: Padding
) -> None:
    mean = RNG.normal(size=(2, 9, 8, 3)).astype(np.float32)
    maps = GaussianMaps(mean, np.full_like(mean, 1e-9))
    found = pool(maps, Pool2D("max", size, strides, padding), 0.0)
    np.testing.assert_allclose(found.mean, tf.nn.max_pool2d(mean, size, strides, padding), atol=2e-3)


@pytest.mark.parametrize(("size", "strides", "padding"), WINDOWS)
@pytest.mark.parametrize("correlation", [0.0, 0.6, 1.0])
def test_the_average_is_exact(
    size: tuple[int, int], strides: tuple[int, int], padding: Padding, correlation: float
) -> None:
    mean, deviation = RNG.random((2, 1, 9, 8, 1)).astype(np.float32)
    windows = Pool2D("average", size, strides, padding)
    found = pool(GaussianMaps(mean, deviation**2), windows, correlation)
    each = np.eye(72, dtype=np.float32).reshape(72, 9, 8, 1)
    weights = tf.nn.avg_pool2d(each, size, strides, padding).numpy()[..., 0]  # of each position in each window
    scaled = weights * deviation.reshape(72, 1, 1)
    expected = correlation * scaled.sum(axis=0) ** 2 + (1 - correlation) * (scaled**2).sum(axis=0)
    np.testing.assert_allclose(found.mean[0, ..., 0], tf.nn.avg_pool2d(mean, size, strides, padding)[0, ..., 0])
    np.testing.assert_allclose(found.variance[0, ..., 0], expected, rtol=1e-4)


def test_the_maximum_of_six_by_six_correlated_positions_follows_draws() -> None:
    correlation, draws = 0.8, 50_000
    mean = RNG.normal(scale=0.5, size=(12, 6)).astype(np.float32)
    noise = np.sqrt(correlation) * RNG.normal(size=(draws, 1, 1)) + np.sqrt(1 - correlation) * RNG.normal(
        size=(draws, 12, 6)
    )
    drawn = np.stack([(mean + noise)[:, :6].max(axis=(1, 2)), (mean + noise)[:, 6:].max(axis=(1, 2))], axis=1)
    maps = GaussianMaps(mean[None, ..., None], np.ones((1, 12, 6, 1), np.float32))
    found = pool(maps, Pool2D("max", (6, 6), (6, 6), "VALID"), correlation)
    np.testing.assert_allclose(np.ravel(found.mean), drawn.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(np.sqrt(np.ravel(found.variance)), drawn.std(axis=0), rtol=0.1)


def test_known_maps_stay_known() -> None:
    mean = RNG.random((1, 4, 4, 2)).astype(np.float32)
    found = pool(GaussianMaps(mean, None), Pool2D("max", (2, 2), (2, 2), "VALID"), 0.8)
    assert found.variance is None
    np.testing.assert_array_equal(found.mean, tf.nn.max_pool2d(mean, 2, 2, "VALID"))


@pytest.mark.parametrize("correlation", [0.7, 1.0])
def test_factors_that_channels_share_go_through_a_maximum(correlation: float) -> None:
    """They move the window's best as far as they move the one position that it is."""
    rng = np.random.default_rng(0)
    mean = 3 * rng.permutation(32).reshape(1, 4, 4, 2).astype(np.float32)  # no two are near each other
    loadings = rng.normal(size=(3, 4, 4, 2)).astype(np.float32) * 0.1
    maps = GaussianMaps(mean, np.full_like(mean, 1e-4), loadings=loadings)
    windows = Pool2D("max", (2, 2), (2, 2), "VALID")
    found = pool(maps, windows, correlation)
    for factor in range(3):
        moved = pool(GaussianMaps(mean + loadings[factor : factor + 1], maps.own), windows, correlation)
        still = pool(GaussianMaps(mean, maps.own), windows, correlation)
        np.testing.assert_allclose(found.loadings[factor], (moved.mean - still.mean)[0], atol=1e-3)
