"""Activations of Gaussians have the moments of numerical integration, and the gain is the mean's slope."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from export.graphs.moments.activations import activate
from export.graphs.moments.maximum import Gaussian
from models.network import Activation

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]

FUNCTIONS: dict[Activation, Function] = {
    Activation.RELU: lambda x: np.maximum(x, 0),
    Activation.RELU6: lambda x: np.clip(x, 0, 6),
    Activation.ELU: lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    Activation.SIGMOID: lambda x: 1 / (1 + np.exp(-x)),
    Activation.TANH: np.tanh,
}
Z = np.linspace(-9, 9, 36_001)
DENSITY = np.exp(-0.5 * Z**2) / np.sqrt(2 * np.pi) * (Z[1] - Z[0])


@pytest.mark.parametrize("deviation", [0.05, 0.5, 1.5])
@pytest.mark.parametrize("activation", FUNCTIONS)
def test_moments_equal_those_of_integration(activation: Activation, deviation: float) -> None:
    means = np.linspace(-4, 8, 49)
    values = FUNCTIONS[activation](means[:, None] + deviation * Z)
    mean, second = values @ DENSITY, values**2 @ DENSITY
    gain = values @ (DENSITY * Z) / deviation
    found = activate(activation, Gaussian(means.astype(np.float32), np.full(49, deviation**2, np.float32)))
    np.testing.assert_allclose(found.mean, mean, atol=0.008 * deviation)
    np.testing.assert_allclose(found.variance, second - mean**2, atol=0.02 * deviation**2)
    np.testing.assert_allclose(found.gain, gain, atol=0.025)
