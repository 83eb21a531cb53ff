"""Models that our own layers do not describe: traced as they are, proved and refused like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

from dataset import Split
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.engine import open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Kind, Quantisation
from export import ExportOptions, Holdout, check_bundle, to_bundle
from export.draws_test import compare_draws
from export.errors import ExportError
from export.exportable import make_reference
from export.flatbuffer import operation_names
from models.errors import ModelError
from models.posterior import draw_mixture

layers = tf_keras.layers
tfd = tfp.distributions
tfpl = tfp.layers

SHAPE = (8, 8, 1)
CLASSES = 3


def posterior() -> Any:
    """Posteriors wide enough to show in every draw."""
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.5, seed=1),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-1.5, stddev=0.3, seed=2),
    )


def variational() -> dict[str, Any]:
    return {"kernel_posterior_fn": posterior(), "bias_posterior_fn": posterior()}


def functional(*body: Callable[[Any], Any], classes: Any = None) -> tf_keras.Model:
    image = x = tf_keras.Input(SHAPE)
    for layer in body:
        x = layer(x)
    last = classes or tfpl.DenseReparameterization(CLASSES, activation="softmax", **variational())
    return tf_keras.Model(image, last(x))


def shortcut(x: Any) -> Any:
    y = tfpl.Convolution2DFlipout(4, 3, padding="same", activation="relu", **variational())(x)
    return layers.Concatenate()([layers.Add()([x, y]), y])


def residual() -> tf_keras.Model:
    first = tfpl.Convolution2DReparameterization(4, 3, strides=2, padding="same", **variational())
    last = tfpl.DenseFlipout(CLASSES, **variational())
    return functional(
        first, shortcut, layers.LayerNormalization(), layers.GlobalAveragePooling2D(), last, classes=Softmax()
    )


class Softmax(layers.Layer):
    """A layer of one's own."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.softmax(x)


def sequence() -> tf_keras.Model:
    return functional(
        layers.Reshape(SHAPE[:2]),
        tfpl.Convolution1DFlipout(4, 3, activation="tanh", **variational()),
        layers.LSTM(4, return_sequences=True),
        layers.Bidirectional(layers.GRU(3)),
    )


def nested() -> tf_keras.Model:
    inner = tf_keras.Sequential([layers.Flatten(), tfpl.DenseReparameterization(6, "gelu", **variational())])
    return functional(
        inner,
        layers.LayerNormalization(),
        classes=tfpl.DenseLocalReparameterization(CLASSES, "softmax", **variational()),
    )


def known() -> tf_keras.Model:
    return functional(
        layers.SeparableConv2D(4, 3, activation="swish"), layers.Flatten(), classes=layers.Dense(CLASSES, "softmax")
    )


class Own(tf_keras.Model):
    """A subclass with a posterior of full covariance, and a call of its own."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.flatten = layers.Flatten()
        self.dense = tfpl.DenseVariational(CLASSES, joint_posterior, joint_prior)

    def call(self, image: tf.Tensor, training: bool | None = None) -> tf.Tensor:  # noqa: ARG002, FBT001 - Keras'
        return tf.nn.softmax(self.dense(self.flatten(image[:, ::3, ::3])) * 0.5)


def joint_posterior(kernel_size: int, bias_size: int, dtype: Any = None) -> tf_keras.Sequential:
    size = kernel_size + bias_size
    loc = tf_keras.initializers.RandomNormal(stddev=0.3, seed=3)
    parameters = tfpl.VariableLayer(tfpl.MultivariateNormalTriL.params_size(size), dtype=dtype, initializer=loc)
    return tf_keras.Sequential([parameters, tfpl.MultivariateNormalTriL(size)])


def joint_prior(kernel_size: int, bias_size: int, dtype: Any = tf.float32) -> tf_keras.Sequential:
    size = kernel_size + bias_size
    unit = tfpl.DistributionLambda(lambda _: tfd.Independent(tfd.Normal(tf.zeros(size, dtype), 1.0), 1))
    return tf_keras.Sequential([unit])


def subclassed() -> tf_keras.Model:
    model = Own()
    model(np.zeros((1, *SHAPE), np.float32))
    return model


MODELS = {"residual": residual, "sequence": sequence, "nested": nested, "subclassed": subclassed}


def images_of(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(7).random((count, *SHAPE), np.float32)


def export(model: Any, path: Path, options: ExportOptions, **more: Any) -> Any:
    holdout = Holdout(images_of(40), np.arange(40) % CLASSES)
    return to_bundle(model, path, holdout, options, labels="abc", paper=1.0, ink=0.0, **more)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.ENSEMBLE])
@pytest.mark.parametrize("name", list(MODELS))
def test_it_gives_what_the_model_gives_under_the_same_weights(name: str, kind: Kind, tmp_path: Path) -> None:
    model = MODELS[name]()
    before = model.get_weights()
    manifest = export(model, tmp_path / "bundle", ExportOptions(kind, 3, seed=3, summary=kind is Kind.STACKED))
    for found, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, expected)
    fresh = np.random.default_rng(8).random((6, *SHAPE), np.float32)
    reference = make_reference(model)
    samples = draw_mixture(reference.posteriors, 3, 3)
    expected = np.stack(list(reference.same_weights(samples, fresh, range(3))), axis=1)
    bundle = load_bundle(tmp_path / "bundle")
    np.testing.assert_allclose(open_engine(bundle).run(fresh), expected, atol=1e-5)
    assert expected.std(axis=1).max() > 0.01
    assert manifest.posterior.sha256 == reference.digest
    assert not any("RANDOM" in operation for graph in bundle.graphs for operation in operation_names(graph))


@pytest.mark.slow
def test_sets_of_weights_and_ensembles_of_such_models(tmp_path: Path) -> None:
    members = [known() for _ in range(3)]
    export(members, tmp_path / "ensemble", ExportOptions())
    sets = [member.get_weights() for member in members]
    export(members[0], tmp_path / "sets", ExportOptions(), samples=sets)
    fresh = np.random.default_rng(8).random((6, *SHAPE), np.float32)
    expected = np.stack([member(fresh).numpy() for member in members], axis=1)
    for name in ("ensemble", "sets"):
        bundle = load_bundle(tmp_path / name)
        np.testing.assert_allclose(open_engine(bundle).run(fresh), expected, atol=1e-5)
    split = Split(fresh, np.zeros(6, np.int64), np.eye(3, dtype=np.float32)[[0] * 6])
    (figures,) = check_bundle(load_bundle(tmp_path / "ensemble"), members, {"fresh": split})
    assert figures.passed
    assert figures.same_weights is not None


@pytest.mark.slow
@pytest.mark.parametrize("quantisation", [Quantisation.FLOAT16, Quantisation.INT8])
def test_it_is_quantised_like_any_other(quantisation: Quantisation, tmp_path: Path) -> None:
    manifest = export(known(), tmp_path / "bundle", ExportOptions(quantisation=quantisation))
    assert manifest.quantisation is quantisation


def dropping(x: Any) -> Any:
    return layers.Dropout(0.5)(x, training=True)


class Looping(layers.Layer):
    """Takes as many steps as its input says."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        steps = tf.reduce_sum(tf.cast(x[0] > 0, tf.int32))
        return tf.while_loop(lambda step, _: step < steps, lambda step, y: (step + 1, tf.sin(y)), (0, x))[1]


REFUSED: list[tuple[Callable[[], Any], int, type[EdgeError | ModelError], str]] = [
    (
        lambda: functional(layers.Flatten(), classes=layers.Dense(3)),
        2,
        ModelError,
        "found no class probabilities at its end",
    ),
    (
        lambda: functional(layers.Flatten(), classes=layers.Dense(1)),
        2,
        ModelError,
        "to be told what it gives",
    ),
    (
        lambda: functional(layers.Flatten(), dropping, classes=layers.Dense(3, "softmax")),
        1,
        ExportError,
        "passes differ",
    ),
    (
        lambda: functional(layers.Flatten(), Looping(), classes=layers.Dense(3, "softmax")),
        1,
        ExportError,
        "becomes a graph with .*WHILE.* leave such layers out",
    ),
    (
        lambda: functional(tfpl.DenseFlipout(4, **variational()), layers.LayerNormalization(), layers.Flatten()),
        2,
        ModelError,
        "DenseFlipout on maps, which draws anew at every position",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "samples", "error", "message"), REFUSED)
def test_what_cannot_be_right_is_refused_in_one_line(
    make: Callable[[], Any], samples: int, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message) as raised:
        export(make(), tmp_path / "bundle", ExportOptions(samples=samples))
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("options", [ExportOptions(Kind.SAMPLED, 2), ExportOptions(Kind.MOMENTS, 20)])
def test_kinds_that_need_our_own_layers_are_refused(options: ExportOptions, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="traced as it is, with frozen samples; choose --mode stacked or ensemble"):
        export(subclassed(), tmp_path / "bundle", options)


def with_dropout(layer: Any) -> tf_keras.Model:
    """Points with a shortcut, and a layer that drops before and within it."""

    def block(x: Any) -> Any:
        return layers.Add()([x, layers.Dropout(0.4)(layers.Conv2D(2, 3, padding="same", activation="relu")(x))])

    body = [layers.Conv2D(2, 3, strides=2), layer, block, layers.Flatten()]
    return functional(*body, classes=layers.Dense(CLASSES, "softmax"))


@pytest.mark.slow
def test_monte_carlo_dropout_of_a_traced_model_has_the_spread_of_its_own_passes(tmp_path: Path) -> None:
    model, images = with_dropout(layers.SpatialDropout2D(0.3)), images_of(4)
    held_out = Holdout(images_of(40), np.arange(40) % CLASSES)
    options = ExportOptions(Kind.STACKED, 4)
    to_bundle(model, tmp_path / "b", held_out, options, labels="abc", paper=1.0, ink=0.0, mc_dropout=True)
    reference = make_reference(model, mc_dropout=True)
    samples = draw_mixture(reference.posteriors, 4, options.seed)
    expected = np.stack(list(reference.same_weights(samples, images, range(4))), axis=1)
    np.testing.assert_allclose(open_engine(load_bundle(tmp_path / "b")).run(images), expected, atol=1e-5)

    many = draw_mixture(reference.posteriors, 400, seed=7)
    ours = np.stack(list(reference.same_weights(many, images, range(400))), axis=1)
    own = np.stack([model(images, training=True).numpy() for _ in range(400)], axis=1)
    found = compare_draws(ours, own)
    assert min(found.mean_p, found.spread_p) > 1e-4
    np.testing.assert_array_equal(model(images), model(images))  # it is left as it was


def called_twice() -> tf_keras.Model:
    drop = layers.Dropout(0.3)
    return functional(drop, layers.Conv2D(1, 1), drop, layers.Flatten(), classes=layers.Dense(CLASSES, "softmax"))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: with_dropout(layers.GaussianNoise(0.3)), "found GaussianNoise, which draws anew as it runs"),
        (
            lambda: functional(layers.Reshape((8, 8)), layers.LSTM(2, unroll=True, dropout=0.2)),
            "found LSTM with dropout, which draws anew as it runs",
        ),
        (called_twice, "found no one fixed shape of what it takes"),
    ],
)
def test_active_dropout_that_no_mask_stands_for_is_refused(make: Callable[[], Any], expected: str) -> None:
    with pytest.raises(ModelError, match=expected):
        make_reference(make(), mc_dropout=True)
