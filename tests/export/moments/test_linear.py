"""Layers with weights: exact moments, against draws of weights and inputs."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from export.graphs.layers import POINTWISE
from export.graphs.moments.gaussians import GaussianMaps, GaussianUnits
from export.graphs.moments.linear import FACTORS, convolve, convolve_depthwise, multiply, multiply_maps, normalise
from export.graphs.moments.pooling import pool
from models.network import Activation, Conv2D, DepthwiseConv2D, Normal, Point, Pool2D

Array = NDArray[np.float32]
DRAWS = 20_000
CONVOLUTION = Conv2D((2, 1), "SAME", (1, 1), Activation.LINEAR)
DEPTHWISE = DepthwiseConv2D((1, 1), "VALID", (1, 1), Activation.LINEAR)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def array(*shape: int) -> Array:
    return rng().normal(size=shape).astype(np.float32)


def normal(*shape: int) -> Normal:
    return Normal(array(*shape), np.full(shape, 0.3, np.float32) + 0.1 * np.abs(array(*shape)))


def draw(weight: Normal, generator: np.random.Generator, count: int = DRAWS) -> Array:
    noise = generator.standard_normal((count, *weight.loc.shape), np.float32)
    return weight.loc + weight.scale * noise


def draw_maps(maps: GaussianMaps, correlation: float, generator: np.random.Generator) -> Array:
    """Draw maps whose positions share so much of their channel's noise: [draws, h, w, c]."""
    _, height, width, channels = maps.mean.shape
    shared = generator.standard_normal((DRAWS, 1, 1, channels), np.float32)
    apart = generator.standard_normal((DRAWS, height, width, channels), np.float32)
    return maps.mean + np.sqrt(maps.variance) * (np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * apart)


def maps_of(*shape: int) -> GaussianMaps:
    return GaussianMaps(array(*shape), 0.2 + 0.1 * np.abs(array(*shape)))


@pytest.mark.parametrize("correlation", [0.0, 0.7, 1.0])
def test_a_convolution_of_noisy_maps_follows_draws(correlation: float) -> None:
    generator, maps = rng(), maps_of(1, 4, 3, 2)
    weights = {"kernel": normal(3, 2, 2, 4), "bias": normal(4)}
    x = draw_maps(maps, correlation, generator)
    kernels, biases = draw(weights["kernel"], generator), draw(weights["bias"], generator)
    wide = np.moveaxis(x, 0, 2).reshape(1, 4, 3, -1)  # each draw its own group of channels
    kernel = kernels.transpose(1, 2, 3, 0, 4).reshape(3, 2, 2, -1)
    drawn = tf.nn.conv2d(wide, kernel, CONVOLUTION.strides, "SAME").numpy().reshape(2, 3, DRAWS, 4) + biases
    found = convolve(maps, weights, CONVOLUTION, correlation)
    deviation = drawn.std(axis=2)
    np.testing.assert_allclose((found.mean[0] - drawn.mean(axis=2)) / deviation, 0, atol=0.04)
    np.testing.assert_allclose(np.sqrt(found.variance[0]) / deviation, 1, atol=0.04)


def test_a_convolution_of_a_known_image_is_exact() -> None:
    image, weights = array(1, 5, 5, 2), {"kernel": normal(3, 3, 2, 4), "bias": Point(array(4))}
    found = convolve(GaussianMaps(image, None), weights, CONVOLUTION, 0.8)
    squares = np.square(image), np.square(weights["kernel"].scale)
    np.testing.assert_allclose(found.variance, tf.nn.conv2d(*squares, CONVOLUTION.strides, "SAME"), rtol=1e-4)


@pytest.mark.parametrize("correlation", [0.0, 0.7, 1.0])
def test_a_depthwise_convolution_is_a_convolution_with_zeros_elsewhere(correlation: float) -> None:
    maps, kernel, bias = maps_of(1, 4, 3, 2), normal(2, 2, 2, 3), normal(6)
    loc, scale = (np.zeros((2, 2, 2, 6), np.float32) for _ in range(2))
    for channel in range(2):
        loc[:, :, channel, 3 * channel : 3 * channel + 3] = kernel.loc[:, :, channel]
        scale[:, :, channel, 3 * channel : 3 * channel + 3] = kernel.scale[:, :, channel]
    found = convolve_depthwise(maps, {"kernel": kernel, "bias": bias}, DEPTHWISE, correlation)
    full = Conv2D((1, 1), "VALID", (1, 1), Activation.LINEAR)
    expected = convolve(maps, {"kernel": Normal(loc, scale), "bias": bias}, full, correlation)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.variance, expected.variance, rtol=1e-4)


def covariance(units: GaussianUnits) -> Array:
    loadings = np.asarray(units.loadings[0])
    own = 0 if units.own is None else np.diag(np.asarray(units.own[0]))
    return loadings.T @ loadings + own


def test_dense_layers_behind_maps_have_the_covariance_of_draws() -> None:
    generator, maps = rng(), maps_of(1, 3, 2, 2)
    first = {"kernel": normal(12, 5), "bias": normal(5)}
    second = {"kernel": normal(5, 3), "bias": Point(array(3))}
    x = draw_maps(maps, 0.5, generator).reshape(DRAWS, 1, 12)
    hidden = x @ draw(first["kernel"], generator) + draw(first["bias"], generator)[:, None]
    drawn = (hidden @ draw(second["kernel"], generator))[:, 0] + second["bias"].value
    found = multiply(multiply_maps(maps, first, 0.5), second)
    deviation = drawn.std(axis=0)
    np.testing.assert_allclose((found.mean[0] - drawn.mean(axis=0)) / deviation, 0, atol=0.04)
    error = (covariance(found) - np.cov(drawn.T)) / np.outer(deviation, deviation)
    np.testing.assert_allclose(error, 0, atol=0.06)


@pytest.mark.parametrize("between", ["nothing", "average", "scale"])
def test_noise_that_a_known_layer_mixes_travels_on_with_its_covariance(between: str) -> None:
    """Exactly, where all positions of a channel share all of its noise."""
    generator, maps = rng(), maps_of(1, 4, 2, 2)
    mix, scale = {"kernel": Point(array(1, 1, 2, 3))}, {"scale": Point(array(3)), "shift": Point(array(3))}
    x = draw_maps(maps, 1.0, generator) @ mix["kernel"].value[0, 0]
    found = convolve(maps, mix, POINTWISE, 0.0, travels=1.0)
    if between == "average":
        x = x.reshape(DRAWS, 2, 2, 1, 2, 3).mean(axis=(2, 4))
        found = pool(found, Pool2D("average", (2, 2), (2, 2), "VALID"), 0.0)
    if between == "scale":
        x, found = x * scale["scale"].value + scale["shift"].value, normalise(found, scale)
    dense = {"kernel": Point(array(x[0].size, 4))}
    drawn, units = x.reshape(DRAWS, -1) @ dense["kernel"].value, multiply_maps(found, dense, 0.0)
    deviation = drawn.std(axis=0)
    np.testing.assert_allclose((units.mean[0] - drawn.mean(axis=0)) / deviation, 0, atol=0.04)
    error = (covariance(units) - np.cov(drawn.T)) / np.outer(deviation, deviation)
    np.testing.assert_allclose(error, 0, atol=0.06)


@pytest.mark.parametrize("images", [1, 3])
def test_factors_of_several_layers_and_images_keep_apart(images: int) -> None:
    maps = maps_of(images, 3, 3, 2)
    first, second = {"kernel": normal(2, 2, 2, 3)}, {"kernel": normal(1, 1, 3, 4)}
    together = convolve(convolve(maps, first, CONVOLUTION, 0.0, travels=0.8), second, POINTWISE, 0.0, travels=0.8)
    assert len(together.loadings) == images * (2 + 3)
    for index in range(images):
        one = GaussianMaps(maps.mean[index : index + 1], maps.own[index : index + 1])
        alone = convolve(convolve(one, first, CONVOLUTION, 0.0, travels=0.8), second, POINTWISE, 0.0, travels=0.8)
        np.testing.assert_allclose(together.variance[index], alone.variance[0], rtol=1e-5)


def test_many_inputs_noise_counts_as_independent_in_the_outputs_and_keeps_its_size() -> None:
    inputs = FACTORS + 1
    units = GaussianUnits(array(1, inputs), None, np.full((1, inputs), 0.5, np.float32))
    kernel = normal(inputs, 3)
    found = multiply(units, {"kernel": kernel})
    second = np.square(units.mean) + units.own
    expected = second @ np.square(kernel.scale) + units.own @ np.square(kernel.loc)
    assert found.loadings is None
    np.testing.assert_allclose(found.own, expected, rtol=1e-4)


def test_points_alone_make_no_noise() -> None:
    weights = {"kernel": Point(array(2, 2, 2, 3)), "bias": Point(array(3))}
    assert convolve(GaussianMaps(array(1, 4, 4, 2), None), weights, CONVOLUTION, 0.8).variance is None
    assert multiply(GaussianUnits(array(1, 4), None, None), {"kernel": Point(array(4, 3))}).variance is None


@pytest.mark.parametrize("factors", [3, 2 * 2 * 3])  # one a channel; or one a value, as of flat maps
def test_normalisation_scales_deviations(factors: int) -> None:
    maps = maps_of(1, 2, 2, 3)
    weights = {"scale": Point(array(factors)), "shift": Point(array(factors)[::-1])}
    scale, shift = (np.resize(weights[role].value, (2, 2, 3)) for role in ("scale", "shift"))
    found = normalise(maps, weights)
    np.testing.assert_allclose(found.mean, maps.mean * scale + shift, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.sqrt(found.variance), np.sqrt(maps.variance) * np.abs(scale), rtol=1e-5)
