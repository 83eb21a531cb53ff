"""A regression's graph of moments: exact where the answer is known, else nearer to the posterior than 50 draws."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from edge_app.runtime import open_regressor
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind, Quantisation
from export import ExportOptions, Holdout, check_regression, to_bundle
from export.build import build
from export.choose_regression import measure_gap, yardstick_of
from export.errors import ExportError
from export.exportable import make_reference
from export.graphs.moments.points import even_points
from export.verify_regression import compare_values
from models.errors import ModelError

layers, tfpl = tf_keras.layers, tfp.layers

MOMENTS = ExportOptions(kind=Kind.MOMENTS)
NOISE = 0.3


def posterior(seed: int = 1, untransformed: float = -2.0) -> Any:
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.5, seed=seed),
        untransformed_scale_initializer=tf_keras.initializers.Constant(untransformed),
    )


def draws(units: int, activation: str | None = None, seed: int = 1) -> Any:
    each = posterior(seed)
    return tfpl.DenseReparameterization(
        units, activation, kernel_posterior_fn=each, bias_posterior_fn=posterior(seed + 1, -4.0)
    )


def network(*ends: Any, units: int = 1) -> tf_keras.Sequential:
    return tf_keras.Sequential([tf_keras.Input((3,)), draws(16, "relu"), draws(units, seed=3), *ends], name="network")


def data(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(count, 3)).astype(np.float32)
    return inputs, (inputs @ np.float32([1, -2, 0.5]) + NOISE * rng.normal(size=count)).astype(np.float32)[:, None]


def conjugate(size: float) -> tuple[Any, Holdout, np.ndarray, np.ndarray]:
    """A Bayesian linear regression with orthogonal features, whose posterior is a mean-field Normal, in any unit.

    Returns its model, the data, and the posterior's means and standard deviations.
    """
    rng = np.random.default_rng(0)
    inputs = (20 * np.linalg.qr(rng.normal(size=(200, 3)))[0]).astype(np.float32)
    truth = (size * (inputs @ [1, -2, 0.5] + NOISE * rng.normal(size=200))).astype(np.float32)[:, None]
    precision = (1 + np.square(inputs).sum(axis=0) / NOISE**2) / size**2  # the prior's width is the unit
    centre = (inputs.T @ truth)[:, 0] / (size * NOISE) ** 2 / precision
    scale = 1 / np.sqrt(precision)
    layer = tfpl.DenseReparameterization(1, kernel_posterior_fn=posterior(), bias_posterior_fn=None)
    model = tf_keras.Sequential([tf_keras.Input((3,)), layer], name="conjugate")
    least = np.finfo(np.float32).eps  # that TFP adds to a scale
    model.set_weights([centre[:, None], np.log(np.expm1(scale[:, None] - least))])
    return model, Holdout(inputs, truth), centre, scale


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "quantisation", "error"),  # a mean is up to a hundred deviations, of which float32 rounds ten millionths
    [(1.0, Quantisation.FLOAT16, 1e-3), (1e-4, Quantisation.NONE, 1e-5)],
)
def test_a_conjugate_posterior_gives_its_closed_form(
    size: float, quantisation: Quantisation, error: float, tmp_path: Path
) -> None:
    model, held_out, centre, scale = conjugate(size)
    options = ExportOptions(Kind.MOMENTS, quantisation=quantisation)
    to_bundle(model, tmp_path / "b", held_out, options, labels=["y"], output="mean")
    regressor = open_regressor(tmp_path / "b")
    fresh, _ = data(50, seed=2)
    found = regressor.estimate_batch(fresh)
    deviation = np.sqrt(np.square(fresh) @ scale**2)
    np.testing.assert_allclose(found.mean[:, 0], fresh @ centre, atol=error * np.abs(fresh @ centre).max())
    np.testing.assert_allclose(np.sqrt(found.epistemic[:, 0]), deviation, rtol=error)
    np.testing.assert_allclose((found.mean_high - found.mean)[:, 0], 1.96 * deviation, rtol=0.01)
    assert regressor.manifest.noise[0] == pytest.approx(size * NOISE, rel=0.15)


@pytest.mark.slow
def test_variances_that_float16_cannot_hold_are_refused(tmp_path: Path) -> None:
    model, held_out, *_ = conjugate(1e-4)
    options = ExportOptions(Kind.MOMENTS, quantisation=Quantisation.FLOAT16)
    with pytest.raises(
        ExportError, match=r"'conjugate': moments are no good for it: .*, if it is in float16, in float32"
    ):
        to_bundle(model, tmp_path / "b", held_out, options, labels=["y"], output="mean")


HEADS = [
    ((), 3, "mean"),
    ((tfpl.IndependentNormal(1),), 2, None),
    (
        (
            tfpl.DistributionLambda(
                lambda t: tfp.distributions.Normal(t[..., :1], 1e-3 + tf.math.softplus(0.05 * t[..., 1:]))
            ),
        ),
        2,
        None,
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("ends", "units", "output"), HEADS)
def test_moments_are_nearer_to_the_posterior_than_fifty_draws(
    ends: tuple[Any, ...], units: int, output: Any, tmp_path: Path
) -> None:
    model = network(*ends, units=units)
    inputs, truth = data(100)
    quantities = units if output else units // 2
    manifest = to_bundle(
        model,
        tmp_path / "b",
        Holdout(inputs, np.tile(truth, quantities)),
        MOMENTS,
        labels=[f"y{number}" for number in range(quantities)],
        output=output,
    )
    assert (manifest.kind, manifest.samples) == (Kind.MOMENTS, 200)
    fresh, _ = data(50, seed=2)
    many = make_reference(model, output=output).many_draws(fresh, 4000, seed=5)
    gap = measure_gap(open_regressor(tmp_path / "b").values(fresh), many)
    assert gap.ratio(yardstick_of(many)) < 0.7
    held = {"held out": Holdout(inputs, np.tile(truth, quantities))}
    (figures,) = check_regression(load_bundle(tmp_path / "b"), model, held, output=output)
    assert figures.passed
    assert (figures.same_weights, figures.moments.draws) == (None, 4000)
    assert figures.moments.variance_off < 0.05  # of which draws leave 2 % uncertain


def test_scales_five_percent_off_and_other_means_fail_the_test_of_moments() -> None:
    draws = np.random.default_rng(0).normal(size=(20, 4000, 1)).astype(np.float32)
    right = even_points(200, 20, 0).T[..., None]
    assert compare_values(right, draws).passed
    for wrong in (1.05 * right, right / 1.05, right + 0.3):
        assert not compare_values(wrong, draws).passed


def test_draws_that_do_not_vary_are_a_yardstick_too() -> None:
    constant = np.ones((3, 100, 1), np.float32)
    assert measure_gap(constant, constant).ratio(yardstick_of(constant)) == 0
    assert measure_gap(1.5 * constant, constant).ratio(yardstick_of(constant)) > 1


def test_a_mixtures_points_take_turns() -> None:
    models = [network(), network()]
    models[1].set_weights([array + 0.5 for array in models[1].get_weights()])
    inputs, _ = data(4)

    def run(model: Any, count: int) -> np.ndarray:
        reference = make_reference(model, output="mean")
        options = ExportOptions(kind=Kind.MOMENTS, samples=count)
        return Engine(build(reference, options, inputs), Signature((3,), count, 1)).run(inputs)

    both = run(models, 40)
    np.testing.assert_allclose(both[:, 0::2], run(models[0], 20), rtol=1e-5)
    assert math.isclose(both[:, 1::2].mean(), run(models[1], 20).mean(), rel_tol=1e-4)


def test_what_has_no_moments_is_refused_with_the_way_out(tmp_path: Path) -> None:
    inputs, truth = data(30)
    recurrent = tf_keras.Sequential([tf_keras.Input((4, 3)), layers.Flatten(), draws(1)], name="sequence")
    leaky = tf_keras.Sequential([tf_keras.Input((3,)), draws(4), layers.LeakyReLU(), draws(1)], name="leaky")
    softmax = tf_keras.Sequential([tf_keras.Input((3,)), draws(4, "softmax"), draws(1)], name="inner")
    sequences = np.zeros((30, 4, 3), np.float32)
    cases = (
        (recurrent, sequences, ModelError, "found no Sequential of one image or vector, .*; export it as stacked"),
        (leaky, inputs, ModelError, "layer 'leaky_re_lu.*': found type LeakyReLU, which cannot be exported"),
        (softmax, inputs, ExportError, "found a softmax before the last one, whose moments are not known"),
    )
    for model, values, error, message in cases:
        with pytest.raises(error, match=message):
            to_bundle(model, tmp_path / "b", Holdout(values, truth), MOMENTS, labels=["y"], output="mean")
    assert not (tmp_path / "b").exists()
