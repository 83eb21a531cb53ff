"""Estimates are what closed forms say; a bundle of a regression gives them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy import stats

from edge_app.runtime import open_bundle, open_regressor
from edge_app.runtime.bundle import Bundle, describe_graphs, load_bundle, write_bundle
from edge_app.runtime.embed import embed_manifest
from edge_app.runtime.engine import open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.prediction import Sampling
from edge_app.runtime.regression import Calibration, estimate, estimate_batch, split_values
from edge_app.runtime.regression_manifest import PredictionInterval, RegressionManifest
from edge_app.runtime.regressor import Regressor

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"
NOISE = 0.4


def linear_posterior(features: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give mean and covariance of the weights of a Bayesian linear regression, prior N(0, I), noise known.

    Bishop, Pattern Recognition and Machine Learning, (3.53) and (3.54).
    """
    covariance = np.linalg.inv(np.eye(features.shape[1]) + features.T @ features / NOISE**2)
    return covariance @ features.T @ truth / NOISE**2, covariance


def test_a_conjugate_linear_regressions_predictive_is_found() -> None:
    """Its mean is x m, its variance x S x + noise^2, both known exactly."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(12, 3))
    truth = features @ [1.0, -2.0, 0.5] + NOISE * rng.normal(size=12)
    centre, covariance = linear_posterior(features, truth)
    draws = 40_000
    weights = rng.multivariate_normal(centre, covariance, draws)
    fresh = rng.normal(size=(5, 3))
    found = estimate_batch((fresh @ weights.T)[..., None], Calibration((NOISE,), (1.96,)))
    scale = np.sqrt(np.einsum("ni,ij,nj->n", fresh, covariance, fresh))
    exact = fresh @ centre
    assert (np.abs(found.mean[:, 0] - exact) < 4 * scale / np.sqrt(draws)).all()
    np.testing.assert_allclose(found.epistemic[:, 0], scale**2, rtol=4 * np.sqrt(2 / draws))
    np.testing.assert_allclose(found.aleatoric, NOISE**2)
    np.testing.assert_allclose(found.variance[:, 0], scale**2 + NOISE**2, rtol=0.03)
    for end, sign in ((found.mean_low, -1), (found.mean_high, 1)):
        assert (np.abs(end[:, 0] - (exact + sign * stats.norm.ppf(0.975) * scale)) < 0.04 * scale).all()
    np.testing.assert_allclose(found.high - found.low, 2 * 1.96 * np.sqrt(found.variance))


def test_the_law_of_total_variance_holds_for_the_samples_mixture() -> None:
    rng = np.random.default_rng(1)
    means, scales = rng.normal(size=(4, 7, 2)), rng.uniform(0.1, 2, (4, 7, 2))
    noise = (1.5, 0.5)
    found = estimate_batch(np.concatenate([means, scales], axis=-1), Calibration(noise, (1.0, 2.0), Sampling.EVEN))
    second = (means**2 + (scales * noise) ** 2).mean(axis=1)
    np.testing.assert_allclose(found.variance, second - means.mean(axis=1) ** 2)
    np.testing.assert_allclose(found.epistemic, means.var(axis=1))
    np.testing.assert_allclose(found.high - found.mean, np.sqrt(found.variance) * (1.0, 2.0))


def test_one_sample_says_nothing_of_the_weights() -> None:
    found = estimate(np.array([[3.0, 0.5]]), Calibration((2.0,), (2.0,)))
    assert (found.mean, found.mean_low, found.mean_high, found.epistemic) == ((3.0,), (3.0,), (3.0,), (0.0,))
    assert (found.aleatoric, found.variance, found.low, found.high) == ((1.0,), (1.0,), (1.0,), (5.0,))


def test_a_batch_is_its_inputs_one_by_one() -> None:
    values = np.random.default_rng(2).normal(size=(3, 5, 2))
    calibration = Calibration((1.0, 2.0), (1.0, 1.0))
    batch = estimate_batch(values, calibration)
    assert len(batch) == 3
    assert list(batch) == [estimate(each, calibration) for each in values]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.zeros((2, 3)), r"found shape \[2, 3\], expected \[N, K, 2\] or \[N, K, 4\]"),
        (np.zeros((1, 0, 2)), r"found shape \[1, 0, 2\]"),
        (np.zeros((1, 3, 3)), r"found shape \[1, 3, 3\]"),
        (np.full((1, 3, 2), np.inf), "not finite"),
        (np.zeros((1, 3, 4)), "found a standard deviation of 0, expected one above 0"),
    ],
)
def test_what_are_no_means_and_scales_is_refused(values: np.ndarray, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        split_values(values, 2)


def regression(path: Path) -> Bundle:
    """A sound bundle: the shipped graph, whose class probabilities do for five means and five scales."""
    shipped = load_bundle(SHIPPED)
    old = shipped.manifest
    (name,) = (file.name for file in old.files)
    common = {key: getattr(old, key) for key in ("format", "version", "kind", "samples", "quantisation", "posterior")}
    manifest = RegressionManifest(
        **common,
        input=old.input,
        labels=tuple("abcde"),
        files=(),
        output="mean_scale",
        noise=(2.0,) * 5,
        interval=PredictionInterval((3.0,) * 5, 0.05, 100),
        versions={},
    )
    graphs = {name: embed_manifest(name, shipped.graphs[0], manifest)}
    described = msgspec.structs.replace(manifest, files=describe_graphs(graphs))
    write_bundle(path, described, graphs)
    return load_bundle(path)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(3).random((2, 28, 28, 1), np.float32)


def test_a_regressor_gives_what_its_graph_gives(tmp_path: Path, images: np.ndarray) -> None:
    bundle = regression(tmp_path / "b")
    house = open_regressor(tmp_path / "b")
    raw = open_engine(bundle).run(images)
    np.testing.assert_array_equal(house.values(images), raw)
    assert house.labels == tuple("abcde")
    batch = house.estimate_batch(images)
    assert house.estimate(images[1]) == batch[1]
    np.testing.assert_allclose(batch.mean, raw[..., :5].mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(batch.aleatoric, np.square(2 * raw[..., 5:].astype(float)).mean(axis=1), rtol=1e-6)
    alone = Regressor(load_bundle(tmp_path / "b" / bundle.manifest.files[0].name))
    assert alone.estimate(images[0]) == batch[0]


def test_a_regressor_refuses_what_is_no_number(tmp_path: Path, images: np.ndarray) -> None:
    house = Regressor(regression(tmp_path / "b"))
    with pytest.raises(ValueError, match="not finite"):
        house.estimate(np.full_like(images[0], np.nan))
    with pytest.raises(ValueError, match="expected float32"):
        house.estimate(images[0, :5])


def test_a_graph_that_gives_no_scale_is_broken(tmp_path: Path, images: np.ndarray) -> None:
    house = Regressor(regression(tmp_path / "b"))
    with pytest.raises(EdgeError, match=r"its graph is broken \(values: found a standard deviation of 0"):
        house.estimate(images[0] * 1e6)  # so far from any digit that some class has no chance


def test_each_opener_names_the_other(tmp_path: Path) -> None:
    regression(tmp_path / "b")
    with pytest.raises(EdgeError) as raised:
        open_bundle(tmp_path / "b")
    assert str(raised.value) == (
        f"{tmp_path / 'b'}: gives a mean and a scale of 5 quantities (a, b, c, d, e), expected class probabilities; "
        "open it with edge_app.runtime.open_regressor in a program of your own"
    )
    with pytest.raises(EdgeError, match=r"gives probabilities of 10 classes .*open_bundle in a program of your own"):
        open_regressor("digits")
