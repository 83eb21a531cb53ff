"""The noise that an even background makes of a convolution's weights: exact on an even image, and as draws have it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind
from export.graphs.build import build_graphs
from export.graphs.moments.background import background_noise, mix
from export.graphs.moments.gaussians import GaussianMaps
from export.graphs.moments.linear import convolve, convolve_depthwise, multiply_maps, normalise
from export.graphs.moments.pooling import pool
from export.options import Assumptions, ExportOptions
from models.network import (
    Activation,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Layer,
    Network,
    Normal,
    Padding,
    Point,
    Pool2D,
    Posterior,
)

Array = NDArray[np.float32]

CONVOLUTION = Conv2D((1, 1), "VALID", (1, 1), Activation.LINEAR)
NO_IMAGES = np.empty((0, 1, 1, 1), np.float32)


def array(*shape: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("level", [0.0, 0.3, -1.0])
def test_on_an_even_image_it_is_the_whole_noise_of_the_kernel(level: float) -> None:
    kernel = Normal(array(3, 3, 2, 4), np.abs(array(3, 3, 2, 4, seed=2)))
    image = np.full((1, 5, 6, 2), level, np.float32)
    found = np.asarray(background_noise(image, np.square(kernel.scale), CONVOLUTION))
    exact = convolve(GaussianMaps(image, None), {"kernel": kernel}, CONVOLUTION, 0.0)
    np.testing.assert_allclose(np.square(found), exact.variance, rtol=1e-4)
    assert (np.sign(found) == np.sign(level)).all()


def test_it_never_exceeds_the_kernels_noise() -> None:
    image, variance = array(1, 6, 6, 2), np.square(array(3, 3, 2, 4))
    whole = tf.nn.conv2d(np.square(image), variance, 1, "VALID")
    found = np.square(np.asarray(background_noise(image, variance, CONVOLUTION)))
    assert (found <= 1.0001 * np.asarray(whole)).all()


@pytest.mark.parametrize("padding", ["VALID", "SAME"])
@pytest.mark.parametrize("side", [11, 12])
@pytest.mark.parametrize("stride", [1, 2])
def test_channels_are_mixed_exactly_where_they_are_even(side: int, stride: int, padding: Padding) -> None:
    levels, kernel = np.array([0.5, -2.0], np.float32), array(3, 3, 2, 4)
    operation = Conv2D((stride, stride), padding, (1, 1), Activation.LINEAR)
    common = np.broadcast_to(levels, (2, side, side, 2)).copy()
    size = tuple(tf.nn.conv2d(common, kernel, stride, padding).shape[1:3])
    found = np.asarray(mix(common, kernel, operation, size))
    assert found.shape == (2, *size, 4)
    expected = np.sqrt(np.square(levels[:, None] * kernel.sum(axis=(0, 1))).sum(axis=0))
    inside = found[:, 2:-2, 2:-2]
    np.testing.assert_allclose(inside, np.broadcast_to(expected, inside.shape), rtol=1e-4)


def test_each_position_is_repeated_beside_and_below() -> None:
    common = array(1, 4, 6, 1)
    found = mix(common, np.ones((1, 1, 1, 1), np.float32), CONVOLUTION, (4, 6))
    np.testing.assert_allclose(found, np.abs(common[:, ::2, ::2]).repeat(2, axis=1).repeat(2, axis=2), rtol=1e-5)


def test_a_dilated_convolution_mixes_at_every_position() -> None:
    common, kernel = array(1, 6, 6, 1), array(2, 2, 1, 3)
    operation = Conv2D((1, 1), "VALID", (2, 2), Activation.LINEAR)
    expected = np.abs(tf.nn.conv2d(common, kernel, 1, "VALID", dilations=2))
    np.testing.assert_allclose(mix(common, kernel, operation, (4, 4)), expected, rtol=1e-4)


def test_what_a_factor_does_to_a_layer_is_the_shift_that_it_makes() -> None:
    """Exactly, where the weights are known: as if the factor moved the layer's input."""
    maps = GaussianMaps(array(1, 4, 4, 2), None, common=array(1, 4, 4, 2, seed=2))
    moved = replace(maps, mean=maps.mean + maps.common, common=None)
    scaling = {"scale": Point(array(2)), "shift": Point(array(2, seed=2))}
    windows = Pool2D("average", (2, 2), (2, 2), "VALID")
    depthwise = DepthwiseConv2D((1, 1), "VALID", (1, 1), Activation.LINEAR)
    kernel = {"kernel": Point(array(2, 2, 2, 1))}
    for found, shifted in (
        (normalise(maps, scaling), normalise(moved, scaling)),
        (pool(maps, windows, 0.6), pool(moved, windows, 0.6)),
        (convolve_depthwise(maps, kernel, depthwise, 0.6), convolve_depthwise(moved, kernel, depthwise, 0.6)),
    ):
        np.testing.assert_allclose(found.common, shifted.mean - found.mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found.variance, np.square(found.common), rtol=1e-4)


@pytest.mark.parametrize("own", [False, True])
def test_a_dense_layer_behind_it_has_the_covariance_of_draws(own: bool) -> None:  # noqa: FBT001 - a case
    rng, draws = np.random.default_rng(3), 20_000
    maps = GaussianMaps(array(1, 3, 2, 2), None, common=array(1, 3, 2, 2, seed=2))
    if own:  # one factor a channel is exact for both where they are in proportion
        maps = replace(maps, own=np.full((1, 3, 2, 2), 0.4, np.float32), common=np.full((1, 3, 2, 2), 0.5, np.float32))
    weights = {"kernel": Normal(array(12, 5), np.full((12, 5), 0.3, np.float32)), "bias": Point(array(5))}
    shared, channel, apart = (rng.normal(size=(draws, *shape)) for shape in ((1, 1, 2), (1, 1, 2), (3, 2, 2)))
    noise = 0.0 if maps.own is None else np.sqrt(maps.own) * (np.sqrt(0.6) * channel + np.sqrt(0.4) * apart)
    x = (maps.mean + maps.common * shared + noise).reshape(draws, 1, 12)
    kernel = weights["kernel"].loc + weights["kernel"].scale * rng.normal(size=(draws, 12, 5))
    drawn = (x @ kernel)[:, 0] + weights["bias"].value
    found = multiply_maps(maps, weights, 0.6)
    loadings = np.asarray(found.loadings[0])
    covariance = loadings.T @ loadings + np.diag(np.asarray(found.own[0]))
    deviation = drawn.std(axis=0)
    np.testing.assert_allclose((found.mean[0] - drawn.mean(axis=0)) / deviation, 0, atol=0.04)
    error = (covariance - np.cov(drawn.T)) / np.outer(deviation, deviation)
    np.testing.assert_allclose(error, 0, atol=0.06)


@pytest.fixture
def network() -> Posterior:
    """Of two convolutions; the first one's weights are uncertain."""
    relu = Conv2D((1, 1), "VALID", (1, 1), Activation.RELU)
    halves = Pool2D("max", (2, 2), (2, 2), "VALID")
    first = Normal(0.4 * array(3, 3, 1, 8), np.full((3, 3, 1, 8), 0.06, np.float32))
    layers = (
        Layer("first", relu, {"kernel": first, "bias": Point(np.full(8, 0.5, np.float32))}),
        Layer("halved", halves, {}),
        Layer("second", relu, {"kernel": Point(0.3 * array(3, 3, 8, 16, seed=2))}),
        Layer("quartered", halves, {}),
        Layer("flat", Flatten(), {}),
        Layer("last", Dense(Activation.SOFTMAX), {"kernel": Point(0.05 * array(144, 3, seed=3))}),
    )
    return Network("foggy", (18, 18, 1), layers)


def spread(posterior: Posterior, options: ExportOptions, image: Array) -> float:
    graphs = build_graphs([posterior], options, NO_IMAGES)
    return float(Engine(graphs, Signature((18, 18, 1), options.count, 3)).run(image[None]).std(axis=1).mean())


@pytest.mark.slow
def test_a_foggy_image_spreads_probabilities_as_draws_do(network: Posterior) -> None:
    fog, bare = (np.full((18, 18, 1), level, np.float32) for level in (0.6, 0.0))
    moments = ExportOptions(kind=Kind.MOMENTS, samples=200, assumptions=Assumptions(0.6, 0.55, frozenset({"first"})))
    drawn = spread(network, ExportOptions(kind=Kind.STACKED, samples=1000), fog)
    assert spread(network, moments, fog) == pytest.approx(drawn, rel=0.15)
    assert spread(network, moments, bare) < 0.05 * drawn
