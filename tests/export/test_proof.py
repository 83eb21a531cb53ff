"""What a graph would get wrong without a word is refused before anything is written, and the layer is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.manifest import Kind, Quantisation
from export import ExportOptions, Holdout, to_bundle
from export.errors import ExportError

layers = tf_keras.layers
tfpl = tfp.layers

SHAPE = (4, 4, 2)
CLASSES = 3


def posterior_fn() -> Any:
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.4, seed=1),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-1.5, stddev=0.2, seed=2),
    )


def dense(units: int = CLASSES, activation: Any = "softmax", **options: Any) -> Any:
    posteriors = {"kernel_posterior_fn": posterior_fn(), "bias_posterior_fn": posterior_fn()}
    return tfpl.DenseReparameterization(units, activation=activation, **posteriors, **options)


def network(*body: Any) -> tf_keras.Sequential:
    return tf_keras.Sequential([tf_keras.Input(SHAPE), *body], name="network")


def holdout() -> Holdout:
    rng = np.random.default_rng(0)
    return Holdout(rng.random((60, *SHAPE), np.float32), rng.integers(0, CLASSES, 60))


def export(model: Any, path: Path, kind: Kind = Kind.STACKED, **options: Any) -> Any:
    wanted = ExportOptions(kind, options.pop("samples", None), options.pop("quantisation", Quantisation.NONE))
    return to_bundle(model, path / "bundle", holdout(), wanted, labels="abc", paper=1.0, ink=0.0, **options)


def refused(model: Any, path: Path, message: str, kind: Kind = Kind.STACKED, **options: Any) -> None:
    with pytest.raises(ExportError, match=message):
        export(model, path, kind, **options)
    assert not list(path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        (lambda posterior: posterior.mean(), Kind.STACKED),
        (lambda posterior: posterior.mean(), Kind.SAMPLED),
        (lambda posterior: tf.reduce_mean(posterior.sample(50), axis=0), Kind.STACKED),
        (lambda posterior: tf.reduce_mean(posterior.sample(50), axis=0), Kind.MOMENTS),
    ],
    ids=["mean, stacked", "mean, sampled", "mean of 50 draws, stacked", "mean of 50 draws, moments"],
)
def test_a_layer_that_does_not_draw_once_is_named(draw: Callable[[Any], Any], kind: Kind, tmp_path: Path) -> None:
    odd = dense(kernel_posterior_tensor_fn=draw, name="odd")
    refused(
        network(layers.Flatten(), dense(6, "relu", name="right"), odd), tmp_path, "^layer 'odd': its weights vary", kind
    )


def test_a_layer_that_computes_something_else_is_named(tmp_path: Path) -> None:
    odd = dense(4, "relu", name="odd")
    model = network(layers.Flatten(), dense(6, "relu", name="right"), odd, dense(name="last"))
    call = odd.call
    vars(odd)["call"] = lambda inputs: call(inputs) + 0.01
    refused(model, tmp_path, "^layer 'odd': under the same weights its graphs give class probabilities up to")


def test_a_model_that_does_more_than_its_layers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, call = network(layers.Flatten(), dense(name="last")), tf_keras.Sequential.call

    def reversing(self: Any, *arguments: Any, **options: Any) -> Any:
        return call(self, *arguments, **options)[:, ::-1]

    monkeypatch.setattr(tf_keras.Sequential, "call", reversing)
    refused(model, tmp_path, "^model 'network', whose layers agree one by one: under the same weights")


def test_dropout_that_draws_where_nobody_said_so_is_named(tmp_path: Path) -> None:
    dropout = layers.Dropout(0.5, name="dropout")
    model = network(layers.Flatten(), dropout, layers.Dense(CLASSES, activation="softmax"))
    drop = dropout.call
    vars(dropout)["call"] = lambda inputs, training=None: drop(inputs, training=True)  # noqa: ARG005 - as Keras calls it
    refused(model, tmp_path, "mc_dropout=True")


def test_samples_that_would_all_be_equal_are_refused_with_the_way_to_dropout(tmp_path: Path) -> None:
    model = network(layers.Flatten(), layers.Dropout(0.5), layers.Dense(CLASSES, activation="softmax"))
    refused(model, tmp_path, r"samples: found 50 of 1 model.*mc_dropout=True", samples=50)
    assert export(model, tmp_path).samples == 1


ONCE_WRONG = {
    "Flatten, Softmax, Dense": lambda: network(layers.Flatten(), layers.Softmax(), dense()),
    "BatchNormalization and Rescaling behind Flatten": lambda: network(
        layers.Flatten(), layers.BatchNormalization(), layers.Rescaling(2.0, -1.0), dense()
    ),
    "pixelwise Rescaling": lambda: network(
        layers.Rescaling(np.random.default_rng(0).random(SHAPE, np.float32), 0.5), layers.Flatten(), dense()
    ),
    "a softmax over a flattened map": lambda: network(
        tfpl.Convolution2DFlipout(1, (4, 2), kernel_posterior_fn=posterior_fn(), bias_posterior_fn=posterior_fn()),
        layers.Flatten(),
        layers.Softmax(),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.ENSEMBLE, Kind.SAMPLED])
@pytest.mark.parametrize("name", ONCE_WRONG)
def test_what_was_once_wrong_or_refused_is_right(name: str, kind: Kind, tmp_path: Path) -> None:
    model = ONCE_WRONG[name]()
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([np.random.default_rng(1).uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    assert export(model, tmp_path, kind).kind is kind  # the proof is the test


@pytest.mark.parametrize("quantisation", [Quantisation.FLOAT16, Quantisation.DYNAMIC, Quantisation.INT8])
def test_graphs_of_fewer_bits_are_proved_too(quantisation: Quantisation, tmp_path: Path) -> None:
    model = network(layers.Flatten(), dense())
    assert export(model, tmp_path, samples=4, quantisation=quantisation).quantisation is quantisation


def test_a_model_is_left_as_it_was(tmp_path: Path) -> None:
    model = network(layers.Flatten(), dense(5, "relu"), layers.Dropout(0.2), dense())
    images = holdout().images
    weights = model.get_weights()
    tf.random.set_seed(1)
    before = model(images, training=False).numpy()
    export(model, tmp_path, mc_dropout=True)
    tf.random.set_seed(1)
    np.testing.assert_array_equal(model(images, training=False), before)
    for now, was in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, was)


def test_what_the_images_mean_must_be_said_and_is_kept(tmp_path: Path) -> None:
    model = network(layers.Flatten(), dense())
    with pytest.raises(ExportError, match=r"^labels, paper, ink: found none"):
        to_bundle(model, tmp_path / "bundle", holdout())
    to_bundle(model, tmp_path / "bundle", holdout(), ExportOptions(samples=2), labels="abc", paper=0.0, ink=1.0)
    manifest = load_bundle(tmp_path / "bundle").manifest
    assert (manifest.input.paper, manifest.input.ink, manifest.labels) == (0.0, 1.0, ("a", "b", "c"))
    assert Classifier(load_bundle(tmp_path / "bundle")).manifest.samples == 2
