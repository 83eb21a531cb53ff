"""Deep ensembles, mixtures, sets of weights and Monte Carlo dropout: exported, checked, and from the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

from dataset import Split
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.engine import open_engine
from edge_app.runtime.manifest import Kind
from export import ExportOptions, Holdout, benchmark, check, check_bundle, to_bundle, to_tflite
from export.draws_test import compare_draws
from export.errors import ExportError
from export.exportable import make_reference

layers = tf_keras.layers
tfpl = tfp.layers

SHAPE = (6, 6, 1)
CLASSES = 3


def point_network(seed: int) -> tf_keras.Sequential:
    """A convolution of either kind, normalisation on maps and units, dropout; no posterior."""
    tf_keras.utils.set_random_seed(seed)
    model = tf_keras.Sequential(
        [
            tf_keras.Input(SHAPE),
            layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"),
            layers.BatchNormalization(),
            layers.Conv2D(3, 2, activation="relu"),
            layers.SpatialDropout2D(0.2),
            layers.Flatten(),
            layers.BatchNormalization(),
            layers.Dropout(0.4),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    rng = np.random.default_rng(seed)
    model.set_weights([weight + rng.uniform(0.1, 0.6, weight.shape) for weight in model.get_weights()])
    return model


def variational_network(seed: int) -> tf_keras.Sequential:
    tf_keras.utils.set_random_seed(seed)
    posterior = tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.6),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-1.5, stddev=0.2),
    )
    dense = tfpl.DenseFlipout(CLASSES, "softmax", kernel_posterior_fn=posterior, bias_posterior_fn=None)
    return tf_keras.Sequential([tf_keras.Input(SHAPE), layers.Flatten(), dense])


def split(count: int = 60) -> Split:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, count)
    return Split(rng.random((count, *SHAPE), np.float32), labels, np.eye(CLASSES, dtype=np.float32)[labels])


def export(model: Any, path: Path, kind: Kind = Kind.STACKED, samples: int | None = None, **options: Any) -> None:
    data = split()
    sets = options.pop("weights", None)
    wanted = ExportOptions(kind, samples)
    holdout = Holdout(data.x, data.y)
    to_bundle(model, path, holdout, wanted, labels="abc", paper=1.0, ink=0.0, samples=sets, **options)


def run(path: Path, images: NDArray[np.float32]) -> NDArray[np.float32]:
    return open_engine(load_bundle(path)).run(images)


@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.ENSEMBLE])
def test_a_deep_ensemble_gives_its_members(kind: Kind, tmp_path: Path) -> None:
    models = [point_network(seed) for seed in range(4)]
    export(models, tmp_path / "bundle", kind)
    images = split().x
    expected = np.stack([model(images, training=False).numpy() for model in models], axis=1)
    np.testing.assert_allclose(run(tmp_path / "bundle", images), expected, atol=1e-5)
    (figures,) = check_bundle(load_bundle(tmp_path / "bundle"), models, {"data": split()})
    assert figures.same_weights is not None
    assert figures.same_weights.max_dp <= 1e-5
    with pytest.raises(ExportError, match="its posterior is not the one that the bundle was drawn from"):
        check_bundle(load_bundle(tmp_path / "bundle"), models[:3], {"data": split()})


@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.ENSEMBLE])
def test_sets_of_weights_give_the_model_with_each(kind: Kind, tmp_path: Path) -> None:
    model, rng, images = point_network(0), np.random.default_rng(1), split().x
    own = model.get_weights()
    sets = [[weight + rng.uniform(0, 0.2, weight.shape).astype(np.float32) for weight in own] for _ in range(5)]
    export(model, tmp_path / "bundle", kind, weights=sets)
    for now, was in zip(model.get_weights(), own, strict=True):
        np.testing.assert_array_equal(now, was)
    found = run(tmp_path / "bundle", images)
    for index, weights in enumerate(sets):
        model.set_weights(weights)
        np.testing.assert_allclose(found[:, index], model(images, training=False), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.SAMPLED])
def test_monte_carlo_dropout_has_the_spread_of_the_models_own_passes(kind: Kind, tmp_path: Path) -> None:
    model, images = point_network(0), split(8).x
    samples = 2000 if kind is Kind.STACKED else 50
    export(model, tmp_path / "bundle", kind, samples, mc_dropout=True)
    engine = open_engine(load_bundle(tmp_path / "bundle"))
    ours = np.concatenate([engine.run(images) for _ in range(2000 // samples)], axis=1)
    own = make_reference(model, mc_dropout=True).many_draws(images, 2000, seed=5)
    found = compare_draws(ours, own)
    assert min(found.mean_p, found.spread_p) > 0.0005
    assert abs(found.spread_ratio - 1) < 3 * found.spread_error + 0.02


def test_a_mixture_of_posteriors_shares_the_samples_out_evenly(tmp_path: Path) -> None:
    models = [variational_network(seed) for seed in range(3)]
    export(models, tmp_path / "bundle", samples=9)
    assert load_bundle(tmp_path / "bundle").manifest.samples == 9
    (figures,) = check_bundle(load_bundle(tmp_path / "bundle"), models, {"data": split()})
    assert figures.same_weights is not None
    assert figures.same_weights.max_dp <= 1e-5


REFUSED: list[tuple[Callable[[], Any], dict[str, Any], str]] = [
    (lambda: [point_network(0)] * 2, {"weights": []}, "model: found 2 with sets of weights, expected one"),
    (lambda: point_network(0), {"weights": []}, "samples: found no set of weights"),
    (lambda: point_network(0), {"weights": [[np.zeros(3)]]}, r"samples: found shape \[3\] in set 0 at depthwise"),
    (
        lambda: point_network(0),
        {"weights": [point_network(1).get_weights()[:-1]]},
        "found 13 arrays in set 0, expected 14",
    ),
    (lambda: [point_network(0), point_network(1)], {"kind": Kind.SAMPLED}, "every weight is known"),
    (list, {}, "model: found 0"),
]


@pytest.mark.parametrize(("make", "options", "message"), REFUSED)
def test_what_does_not_go_together_is_refused(
    make: Callable[[], Any], options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=message):
        export(make(), tmp_path / "bundle", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_saved_model_and_sets_of_weights_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, rng, data = point_network(0), np.random.default_rng(1), split()
    model.save(tmp_path / "own.keras")
    own = model.get_weights()
    sets = [[weight + rng.uniform(0, 0.2, weight.shape).astype(np.float32) for weight in own] for _ in range(5)]
    np.savez(tmp_path / "weights.npz", *map(np.stack, zip(*sets, strict=True)))
    np.savez(tmp_path / "holdout.npz", images=data.x, labels=data.y)
    command = [str(tmp_path / "own.keras"), "--out", str(tmp_path / "bundle")]
    meaning = ["--holdout", str(tmp_path / "holdout.npz"), "--labels", "a,b,c", "--paper", "0", "--ink", "1"]
    assert to_tflite.main(command) == 1
    assert "--holdout: found none" in capsys.readouterr().err
    assert to_tflite.main([*command, *meaning, "--weights", str(tmp_path / "weights.npz")]) == 0
    manifest = load_bundle(tmp_path / "bundle").manifest
    assert (manifest.samples, manifest.labels, manifest.input.ink) == (5, ("a", "b", "c"), 1.0)
    model.set_weights(sets[3])
    np.testing.assert_allclose(run(tmp_path / "bundle", data.x)[:, 3], model(data.x, training=False), atol=1e-5)
    assert check.main([str(tmp_path / "bundle"), "--run", str(tmp_path / "own.keras"), "--images", "9"]) == 1
    assert "its posterior is not the one" in capsys.readouterr().err
    own_model = [
        str(tmp_path / "bundle"),
        "--run",
        str(tmp_path / "own.keras"),
        "--weights",
        str(tmp_path / "weights.npz"),
    ]
    assert check.main([*own_model, "--data", str(tmp_path / "holdout.npz")]) == 0
    assert "holdout, " in capsys.readouterr().out
    timed = [*own_model[3:], "--holdout", str(tmp_path / "holdout.npz"), "--data", str(tmp_path / "holdout.npz")]
    few = ["--kinds", "auto", "ensemble", "sampled", "--quantize", "none", "--images", "5", "--rounds", "1"]
    assert benchmark.main([str(tmp_path / "own.keras"), *timed, *few]) == 0
    table = capsys.readouterr().out
    assert re.search(r"^auto +5 none .* 0\.0000 ", table, re.MULTILINE)  # held against the models themselves
    assert "every weight is known" in table
    assert "K = 5: auto takes" in table
    np.savez(tmp_path / "other.npz", images=data.x[:, 1:], labels=data.y)
    assert check.main([*own_model, "--data", str(tmp_path / "other.npz")]) == 1
    assert "expected [N, 6, 6, 1] and a label from 0 to 2 for each" in capsys.readouterr().err


def save_in_keras_3(path: Path) -> None:
    keras = pytest.importorskip("keras", minversion="3", reason="needs Keras 3 beside tf_keras")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax")]).save(path)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras 3 saves so with NumPy 2
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"no model"), "Keras cannot read it"),
        (save_in_keras_3, "found a model of Keras 3."),
        (lambda _: None, "found nothing, expected a run's folder or a model"),
    ],
)
def test_what_is_no_model_is_refused_in_one_line(
    make: Callable[[Path], Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "own.keras")
    assert to_tflite.main([str(tmp_path / "own.keras"), "--out", str(tmp_path / "bundle")]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
