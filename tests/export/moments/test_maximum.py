"""The larger of two Gaussians, and a rectified one, have the moments that numbers say."""

from __future__ import annotations

import numpy as np
import pytest

from export.graphs.moments.maximum import Gaussian, correlate, larger, rectified, winner

DRAWS = 400_000
FIRST = [(0.0, 1.0), (1.0, 1.0), (-2.0, 0.5), (3.0, 4.0), (0.3, 0.01)]
SECOND = [(0.0, 1.0), (0.5, 2.0), (-1.0, 1.5), (2.0, 0.25), (0.2, 0.04)]


def gaussian(pairs: list[tuple[float, float]]) -> Gaussian:
    means, variances = np.array(pairs, np.float32).T
    return Gaussian(means, variances)


def both(first: Gaussian, second: Gaussian, correlation: float) -> Gaussian:
    found = larger(correlate(first, correlation), correlate(second, correlation))
    return Gaussian(found.mean, np.square(found.loading) + found.own)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_larger_of_two_has_the_moments_of_many_draws(correlation: float) -> None:
    rng = np.random.default_rng(0)
    shared, one, other = rng.standard_normal((3, DRAWS, 1))
    first, second = (np.array(pairs).T for pairs in (FIRST, SECOND))
    root, rest = np.sqrt(correlation), np.sqrt(1 - correlation)
    a = first[0] + np.sqrt(first[1]) * (root * shared + rest * one)
    b = second[0] + np.sqrt(second[1]) * (root * shared + rest * other)
    found = both(gaussian(FIRST), gaussian(SECOND), correlation)
    drawn = np.maximum(a, b)
    scale = np.sqrt(np.maximum(first[1], second[1]))
    np.testing.assert_allclose(np.abs(found.mean - drawn.mean(axis=0)) / scale, 0, atol=0.006)
    np.testing.assert_allclose(np.sqrt(found.variance) / drawn.std(axis=0), 1, atol=0.01)


def test_a_winner_is_the_one_of_the_larger_mean() -> None:
    found = winner(gaussian(FIRST), gaussian(SECOND))
    np.testing.assert_allclose(found.mean, [0.0, 1.0, -1.0, 3.0, 0.3], rtol=1e-6)
    np.testing.assert_allclose(found.variance, [1.0, 1.0, 1.5, 4.0, 0.01], rtol=1e-5)


def test_what_is_far_below_never_counts() -> None:
    far = Gaussian(np.full(5, -1e4, np.float32), np.zeros(5, np.float32))
    for found in (both(gaussian(FIRST), far, 0.8), both(far, gaussian(FIRST), 0.8)):
        np.testing.assert_allclose(found.mean, gaussian(FIRST).mean, atol=1e-3)
        np.testing.assert_allclose(found.variance, gaussian(FIRST).variance, rtol=1e-5)


@pytest.mark.parametrize("deviation", [1e-4, 0.1, 1.0, 10.0])
def test_a_rectified_gaussian_has_the_moments_of_quadrature(deviation: float) -> None:
    a = np.linspace(-12, 12, 97)
    z = np.linspace(-10, 10, 200_001)
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    values = np.maximum(deviation * (a[:, None] + z), 0)
    mean, second = values @ density, values**2 @ density
    found = rectified(Gaussian((deviation * a).astype(np.float32), np.full(97, deviation**2, np.float32)))
    variance = found.gain * deviation**2 - found.lost
    tolerance = 5e-4 * deviation + 1e-3 * (deviation < 1e-3)  # below a deviation of 1e-3 the least variance rules
    np.testing.assert_allclose(found.mean, mean, atol=tolerance)
    np.testing.assert_allclose(variance, second - mean**2, atol=1.5e-3 * deviation**2 + 1e-6)
    assert np.isfinite(found.lost).all()
