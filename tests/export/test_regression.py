"""Regressions of all sorts go the whole way: exported, proved, calibrated, read again."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_probability as tfp
import tf_keras
from ai_edge_litert.interpreter import Interpreter
from scipy import stats

from edge_app.runtime import open_regressor
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.check import read_check
from edge_app.runtime.manifest import Kind, Quantisation
from edge_app.runtime.prediction import Sampling
from edge_app.runtime.regression import estimate_batch
from export import ExportOptions, Holdout, benchmark, check, check_regression, to_bundle, to_tflite
from export.calibrate_regression import calibrate_regression, fit_noise, interval_deviations, mixture_nll
from export.errors import ExportError
from export.verify_regression import (
    RegressionFigures,
    RegressionMomentsTest,
    RegressionScores,
    broken_limits,
)

layers = tf_keras.layers
tfpl = tfp.layers

FEATURES = 3


def data(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, and a noisy linear function of them: float32 [N, 3] and [N, 1]."""
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(count, FEATURES)).astype(np.float32)
    return inputs, (inputs @ np.float32([1, -2, 0.5]) + 0.3 * rng.normal(size=count)).astype(np.float32)[:, None]


def posterior() -> Any:
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.5, seed=1),
        untransformed_scale_initializer=tf_keras.initializers.Constant(-2.0),
    )


def line(bias: bool = True) -> tf_keras.Sequential:  # noqa: FBT001, FBT002 - as Keras has it
    return tf_keras.Sequential([tf_keras.Input((FEATURES,)), layers.Dense(1, use_bias=bias)], name="line")


@pytest.mark.slow
def test_a_variational_regression_with_its_own_noise_goes_the_whole_way(tmp_path: Path) -> None:
    model = tf_keras.Sequential(
        [
            tf_keras.Input((FEATURES,)),
            tfpl.DenseFlipout(6, activation="tanh", kernel_posterior_fn=posterior(), bias_posterior_fn=posterior()),
            tfpl.DenseReparameterization(2, kernel_posterior_fn=posterior(), bias_posterior_fn=posterior()),
            tfpl.IndependentNormal(1),
        ]
    )
    inputs, truth = data(300)
    manifest = to_bundle(model, tmp_path / "b", Holdout(inputs, truth), ExportOptions(samples=4), labels=["y, m"])
    assert (manifest.output, manifest.width, manifest.labels) == ("mean_scale", 2, ("y, m",))
    found = open_regressor(tmp_path / "b").estimate_batch(inputs)
    inside = ((truth >= found.low) & (truth <= found.high)).mean()
    assert 0.95 <= inside < 0.96  # the very inputs that the interval was chosen on


@pytest.mark.slow
def test_weights_of_a_conjugate_posterior_are_carried_to_the_last_digit(tmp_path: Path) -> None:
    """Samples of the exact posterior of a Bayesian linear regression; the graph's means are x w."""
    inputs, truth = data(200)
    covariance = np.linalg.inv(np.eye(FEATURES) + inputs.T @ inputs / 0.09)
    centre = covariance @ inputs.T @ truth[:, 0] / 0.09
    weights = np.random.default_rng(1).multivariate_normal(centre, covariance, 5).astype(np.float32)
    to_bundle(
        line(bias=False),
        tmp_path / "b",
        Holdout(inputs, truth),
        ExportOptions(kind=Kind.ENSEMBLE),
        labels=["y"],
        samples=[[each[:, None]] for each in weights],
        output="mean",
    )
    regressor = open_regressor(tmp_path / "b")
    fresh, _ = data(50, seed=2)
    means = fresh @ weights.T
    np.testing.assert_allclose(regressor.values(fresh)[..., 0], means, atol=2e-6)
    epistemic = regressor.estimate_batch(fresh).epistemic[:, 0]
    np.testing.assert_allclose(epistemic, means.astype(np.float64).var(axis=1, ddof=1), rtol=1e-3)
    assert regressor.manifest.noise[0] == pytest.approx(0.3, rel=0.15)
    sets = [[each[:, None]] for each in weights]
    data_sets = {"held out": Holdout(inputs, truth)}
    (figures,) = check_regression(regressor.bundle, line(bias=False), data_sets, samples=sets, output="mean")
    assert figures.passed
    assert figures.same_weights < 1e-6
    assert figures.bundle.rmse == pytest.approx(figures.full_model.rmse, rel=1e-5)
    assert 0.95 <= figures.bundle.coverage[0] < 0.96
    with pytest.raises(ExportError, match="its posterior is not the one that the bundle was drawn from"):
        check_regression(regressor.bundle, line(bias=False), data_sets, output="mean")


def test_a_single_gaussians_noise_is_the_root_mean_square_of_its_residuals() -> None:
    """The maximum of the likelihood in closed form."""
    rng = np.random.default_rng(0)
    means, truth = rng.normal(size=(500, 1)), rng.normal(size=500)
    ones = np.ones_like(means)
    exact = math.sqrt(float(np.mean((truth - means[:, 0]) ** 2)))
    assert fit_noise(means, ones, truth, given=False) == pytest.approx(exact, rel=1e-4)
    assert fit_noise(means, ones * exact / 3, truth, given=True) == pytest.approx(3, rel=1e-4)
    assert fit_noise(means, ones * exact * 1.001, truth, given=True) == 1.0


def test_the_mixtures_nll_is_scipys() -> None:
    rng = np.random.default_rng(1)
    means, scales, truth = rng.normal(size=(6, 4)), rng.uniform(0.1, 3, (6, 4)), rng.normal(size=6)
    expected = -np.log(stats.norm.pdf(truth[:, None], means, scales).mean(axis=1))
    np.testing.assert_allclose(mixture_nll(means, scales, truth), expected)


def test_an_interval_reaches_to_its_order_statistic_and_asks_for_enough_inputs() -> None:
    residuals = np.arange(1.0, 20.0)
    assert interval_deviations(residuals, 0.05) == 19
    assert interval_deviations(residuals, 0.5) == 10
    with pytest.raises(ExportError, match=r"found 19 inputs, expected at least 99 for an alpha of 0.01"):
        interval_deviations(residuals, 0.01)


def test_intervals_hold_fresh_truth_as_often_as_promised() -> None:
    """Split conformal coverage, here of heavy tails, is a Beta variable (Vovk 2012): within four deviations of it."""
    rng = np.random.default_rng(2)
    held, fresh, alpha = 1000, 20_000, 0.1

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        means = rng.normal(size=(count, 5, 1))
        return np.concatenate([means, np.full_like(means, 0.2)], axis=-1), rng.standard_t(3, (count, 1))

    calibration = calibrate_regression(*draw(held), alpha=alpha, sampling=Sampling.INDEPENDENT)
    values, truth = draw(fresh)
    found = estimate_batch(values, calibration)
    inside = ((truth >= found.low) & (truth <= found.high)).mean()
    rank = math.ceil((held + 1) * (1 - alpha))
    coverage = stats.beta(rank, held + 1 - rank)
    assert abs(inside - coverage.mean()) < 4 * math.sqrt(coverage.var() + alpha * (1 - alpha) / fresh)


def test_what_cannot_be_calibrated_is_refused() -> None:
    ones, truth = np.ones((3, 1, 1)), np.ones((3, 1))
    with pytest.raises(ExportError, match="found 0, expected a number above 0"):
        calibrate_regression(ones, truth, alpha=0, sampling=Sampling.INDEPENDENT)
    with pytest.raises(ExportError, match="meet every true value exactly"):
        calibrate_regression(ones, truth, alpha=0.5, sampling=Sampling.INDEPENDENT)
    with pytest.raises(ExportError, match="found a standard deviation of 0"):
        calibrate_regression(np.zeros((3, 1, 2)), truth, alpha=0.5, sampling=Sampling.INDEPENDENT)


def test_held_out_truth_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    inputs, truth = data(20)
    path, model = tmp_path / "b", line()
    for wrong in (truth[:, 0], truth.astype(int), np.full_like(truth, np.nan), truth[:3]):
        with pytest.raises(
            ExportError, match=r"holdout: found labels .*expected finite true values, a float \[20, 1\]"
        ):
            to_bundle(model, path, Holdout(inputs, wrong), labels=["y"], output="mean")
    with pytest.raises(ExportError, match="labels: found 2 names, expected 1"):
        to_bundle(model, path, Holdout(inputs, truth), labels=["y", "z"], output="mean")
    with pytest.raises(ExportError, match="labels: found none, and a model of your own does not say"):
        to_bundle(model, path, Holdout(inputs, truth), output="mean")
    with pytest.raises(ExportError, match="summary: found a model's mean, expected class probabilities"):
        to_bundle(model, path, Holdout(inputs, truth), ExportOptions(summary=True), labels=["y"], output="mean")
    assert not path.exists()


@pytest.mark.slow
def test_differences_are_measured_in_the_quantitys_own_size(tmp_path: Path) -> None:
    """Means in the thousands: an error of one is small, and float16 makes few larger."""
    inputs, truth = data(100)
    model = line()
    model.set_weights([1000 * array for array in model.get_weights()])
    options = ExportOptions(quantisation=Quantisation.FLOAT16)
    to_bundle(model, tmp_path / "b", Holdout(inputs, 1000 * truth), options, labels=["y"], output="mean")
    found = open_regressor(tmp_path / "b").values(inputs)[:, 0]
    np.testing.assert_allclose(found, model(inputs), atol=5)


@pytest.mark.slow
def test_several_inputs_go_the_whole_way_by_their_names(tmp_path: Path) -> None:
    scan, age = tf_keras.Input((4, 2)), tf_keras.Input((1,))
    x = layers.Concatenate()([layers.GRU(3)(scan), age])
    model = tf_keras.Model({"scan": scan, "age": age}, layers.Dense(1)(x))
    rng = np.random.default_rng(0)
    inputs = {
        name: rng.normal(size=(60, *shape)).astype(np.float32) for name, shape in (("scan", (4, 2)), ("age", (1,)))
    }
    truth = rng.normal(size=(60, 1)).astype(np.float32)
    to_bundle(model, tmp_path / "b", Holdout(inputs, truth), labels=["risk"], output="mean")
    regressor = open_regressor(tmp_path / "b")
    found = regressor.estimate_batch(regressor.manifest.input.pack(inputs))
    np.testing.assert_allclose(found.mean, model(inputs), atol=1e-5)
    (graph,) = load_bundle(tmp_path / "b").graphs
    run = Interpreter(model_content=graph).get_signature_runner("values")
    assert {name: detail["shape"].tolist() for name, detail in run.get_input_details().items()} == {
        "age": [1, 1],
        "scan": [1, 4, 2],
    }
    by_name = run(scan=inputs["scan"][:1], age=inputs["age"][:1])["values"]
    np.testing.assert_allclose(by_name[0, :, 0].mean(), found.mean[0, 0], atol=1e-6)
    with pytest.raises(ExportError, match="holdout: inputs: found age, expected age, scan"):
        to_bundle(model, tmp_path / "c", Holdout({"age": inputs["age"]}, truth), labels=["risk"], output="mean")


@pytest.mark.slow
def test_it_is_exported_checked_and_timed_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, rng = line(), np.random.default_rng(1)
    model.save(tmp_path / "line.keras")
    np.savez(
        tmp_path / "sets.npz", *(array + 0.1 * rng.normal(size=(3, *array.shape)) for array in model.get_weights())
    )
    inputs, truth = data(100)
    np.savez(tmp_path / "data.npz", images=inputs, labels=truth)
    bundle, test = str(tmp_path / "bundle"), ["--data", str(tmp_path / "data.npz")]
    own = ["--weights", str(tmp_path / "sets.npz"), "--output", "mean"]
    held_out, saved = ["--holdout", str(tmp_path / "data.npz")], str(tmp_path / "line.keras")
    assert to_tflite.main([saved, *own, *held_out, "--labels", "height", "--out", bundle]) == 0
    assert check.main([bundle, "--run", saved, *own, *test, "--json", str(tmp_path / "figures.json")]) == 0
    assert "data, 100 images: passed\n" in (printed := capsys.readouterr().out)
    assert "  height\n  RMSE" in printed
    (figures,) = json.loads((tmp_path / "figures.json").read_text())
    assert figures["same_weights"] <= 1e-5
    summary = read_check(load_bundle(tmp_path / "bundle"))
    assert summary is not None
    assert summary.passed
    assert (
        benchmark.main([saved, *own, *test, *held_out, "--kinds", "stacked", "--quantize", "none", "--rounds", "1"])
        == 0
    )
    assert re.search(r"^stacked +3 none +[\d,]+ ", capsys.readouterr().out, re.MULTILINE)
    assert check.main([bundle, "--run", saved, *own]) == 1
    assert capsys.readouterr().err.startswith("check: --data: found none, expected an .npz of images and labels")


def test_every_limit_that_is_broken_is_named() -> None:
    scores = RegressionScores(*[(0.0,)] * 6)
    near = RegressionMomentsTest(4000, 0.3, 0.1, 0.2, 0.2, variance_off=0.2)
    figures = RegressionFigures(
        data="d",
        images=5,
        passed=False,
        same_weights=1e-3,
        moments=near,
        kernels=0.0,
        bundle=scores,
        full_model=scores,
        full_model_passes=9,
    )
    assert broken_limits(figures, Quantisation.NONE) == [
        "d: difference under the same weights, over the largest value 0.001, expected at most 1e-05",
        "d: distance of means to the draws', in their deviations 0.3, expected at most 0.2",
        "d: |epistemic variance over the draws' - 1| 0.2, expected at most 0.07",
    ]
