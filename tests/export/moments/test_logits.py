"""Fixed points are standard Normal to the second moment, and the logits' points have the logits' covariance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from export.errors import ExportError
from export.graphs.moments.gaussians import GaussianUnits
from export.graphs.moments.logits import class_logits
from export.graphs.moments.points import even_points, normal_points

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("make", [normal_points, even_points])
@pytest.mark.parametrize(("count", "dimensions"), [(20, 10), (200, 10), (64, 3)])
def test_points_have_mean_0_and_covariance_1(count: int, dimensions: int, make: Callable) -> None:
    points = make(count, dimensions, seed=3).astype(np.float64)
    assert points.shape == (count, dimensions)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(points.T @ points / count, np.eye(dimensions), atol=1e-5)
    np.testing.assert_array_equal(points, make(count, dimensions, seed=3))
    assert not np.array_equal(points, make(count, dimensions, seed=4))


def test_the_first_few_points_are_even_too() -> None:
    """Each is followed by its mirror image, so that the app may show what the first few say."""
    points = normal_points(200, 10, seed=0)
    np.testing.assert_allclose(points[::2], -points[1::2], atol=1e-6)
    assert np.abs(np.cov(points[:100].T) - np.eye(10)).max() < 0.3


def test_points_integrate_better_than_draws() -> None:
    """The mean softmax of 200 points is nearer to that of 200,000 draws than 200 draws are."""

    def mean_softmax(logits: np.ndarray) -> np.ndarray:
        powers = np.exp(logits)
        return (powers / powers.sum(axis=1, keepdims=True)).mean(axis=0)

    exact = mean_softmax(RNG.normal(size=(200_000, 5)))
    error = [np.abs(mean_softmax(normal_points(200, 5, seed)) - exact).max() for seed in range(10)]
    chance = [np.abs(mean_softmax(RNG.normal(size=(200, 5))) - exact).max() for _ in range(10)]
    assert np.mean(error) < 0.5 * np.mean(chance)


@pytest.mark.parametrize("count", [201, 18])
def test_points_that_cannot_be_whitened_are_refused(count: int) -> None:
    with pytest.raises(ExportError, match=f"samples: found {count}, expected an even number of at least 20"):
        normal_points(count, 10, seed=0)


def test_logits_at_the_points_have_the_units_mean_and_covariance() -> None:
    units = GaussianUnits(*(RNG.normal(size=shape).astype(np.float32) for shape in ((2, 4), (2, 6, 4))), None)
    units = GaussianUnits(units.mean, units.loadings, RNG.random((2, 4)).astype(np.float32))
    logits = np.asarray(class_logits(units, normal_points(64, 4, seed=0)), np.float64)
    np.testing.assert_allclose(logits.mean(axis=1), units.mean, atol=1e-4)
    for found, loadings, own in zip(logits, units.loadings, units.own, strict=True):
        np.testing.assert_allclose(np.cov(found.T, bias=True), loadings.T @ loadings + np.diag(own), atol=1e-3)


def test_a_singular_covariance_gives_finite_logits() -> None:
    loadings = np.ones((1, 1, 4), np.float32) * 100
    logits = np.asarray(
        class_logits(GaussianUnits(np.zeros((1, 4), np.float32), loadings, None), normal_points(64, 4, 0))
    )
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(logits.std(axis=1), 100, rtol=1e-3)


def test_known_logits_are_the_same_at_every_point() -> None:
    mean = RNG.normal(size=(3, 4)).astype(np.float32)
    logits = class_logits(GaussianUnits(mean, None, None), normal_points(64, 4, seed=0))
    np.testing.assert_array_equal(logits, np.repeat(mean[:, None], 64, axis=1))
