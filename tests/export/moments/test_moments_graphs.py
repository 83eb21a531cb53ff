"""A graph of moments is nearer to very many draws of the posterior than 50 draws are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind, Quantisation
from export.bench.contenders import count_delegates
from export.errors import ExportError
from export.graphs.build import build_graphs, class_count
from export.options import ExportOptions
from models.network import Activate, Activation, Conv2D, Drawn, Layer, Point, Posterior
from models.read_model import read_posterior

Array = NDArray[np.float32]

NO_IMAGES = np.empty((0, 1, 1, 1), np.float32)
NAMES = ["plain", "flipout", "mixed", "last_layer"]
MANY = 2000


def probabilities(posterior: Posterior, options: ExportOptions, images: Array) -> Array:
    graphs = build_graphs([posterior], options, NO_IMAGES)
    return Engine(graphs, Signature(posterior.input_shape, options.count, class_count(posterior))).run(images)


def distance(ours: Array, theirs: Array) -> float:
    """Total variation distance between predictive means, averaged over the images."""
    return float(0.5 * np.abs(ours.mean(axis=1) - theirs.mean(axis=1)).sum(axis=1).mean())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "flipout", "last_layer"])
def test_moments_are_nearer_to_many_draws_than_fifty_draws_are(
    name: str, make_network: Callable, make_images: Callable
) -> None:
    model = make_network(name)
    posterior, images = read_posterior(model), make_images(model, 30)
    many = probabilities(posterior, ExportOptions(kind=Kind.STACKED, samples=MANY, seed=1), images)
    few = np.mean([distance(many[:, start : start + 50], many) for start in range(0, MANY, 50)])
    ours = probabilities(posterior, ExportOptions(kind=Kind.MOMENTS, samples=200), images)
    assert distance(ours, many) < few
    deviations = ours.std(axis=1).mean() / many.std(axis=1).mean()
    assert 0.85 < deviations < 1.15


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_posterior_of_no_width_gives_the_network_itself(
    name: str, make_network: Callable, make_images: Callable
) -> None:
    model = make_network(name)
    posterior, images = read_posterior(model), make_images(model, 5)
    layers = tuple(
        replace(
            layer,
            weights={role: Point(getattr(w, "loc", getattr(w, "value", None))) for role, w in layer.weights.items()},
        )
        for layer in posterior.layers
    )
    known = replace(posterior, layers=layers)
    expected = probabilities(known, ExportOptions(samples=1), images)
    found = probabilities(known, ExportOptions(kind=Kind.MOMENTS, samples=20), images)
    np.testing.assert_allclose(found, np.repeat(expected, 20, axis=1), atol=1e-5)


def test_a_batch_gives_what_its_images_give(make_network: Callable, make_images: Callable) -> None:
    model = make_network("flipout")
    posterior, images = read_posterior(model), make_images(model, 4)
    one, four = (
        probabilities(posterior, ExportOptions(kind=Kind.MOMENTS, samples=20, batch=batch), images) for batch in (1, 4)
    )
    np.testing.assert_allclose(four, one, atol=1e-4)


def test_float16_halves_the_graph_and_moves_probabilities_little(make_network: Callable, make_images: Callable) -> None:
    model = make_network("flipout")
    posterior, images = read_posterior(model), make_images(model, 20)
    full, half = (
        probabilities(posterior, ExportOptions(Kind.MOMENTS, 200, precision), images)
        for precision in (Quantisation.NONE, Quantisation.FLOAT16)
    )
    assert np.isfinite(half).all()
    assert distance(half, full) < 0.002


def test_the_same_seed_gives_the_same_bytes_and_xnnpack_takes_the_graph_in_few_parts(make_network: Callable) -> None:
    posterior = read_posterior(make_network("plain"))
    first, second = (
        build_graphs([posterior], ExportOptions(kind=Kind.MOMENTS, samples=20), NO_IMAGES) for _ in range(2)
    )
    assert first == second
    assert count_delegates(first["moments.tflite"]) <= 2


def test_integers_are_refused(make_network: Callable) -> None:
    posterior = read_posterior(make_network("plain"))
    for quantisation in (Quantisation.DYNAMIC, Quantisation.INT8):
        with pytest.raises(ExportError, match=f"^{quantisation}: would round variances"):
            build_graphs([posterior], ExportOptions(Kind.MOMENTS, 20, quantisation), NO_IMAGES)


def test_what_has_no_moments_is_refused_by_layer(make_network: Callable) -> None:
    posterior = read_posterior(make_network("plain"))
    conv, pool, flatten, dense = posterior.layers
    options = ExportOptions(kind=Kind.MOMENTS, samples=20)
    drawn = Drawn(lambda count, _: np.asarray(tf.zeros((count, 48, 4))), ())  # as TFP draws: no numbers in a function
    broken = {
        "layer 'dense': found a posterior that is no mean-field Normal": (
            conv,
            pool,
            flatten,
            replace(dense, weights={"kernel": drawn}),
        ),
        "layer 'inner': found a softmax before the last one": (
            conv,
            Layer("inner", Activate(Activation.SOFTMAX), {}),
            pool,
            flatten,
            dense,
        ),
    }
    for message, layers in broken.items():
        with pytest.raises(ExportError, match=f"^{message}, whose moments are not known; export it as stacked$"):
            build_graphs([replace(posterior, layers=layers)], options, NO_IMAGES)
    assert isinstance(conv.operation, Conv2D)
