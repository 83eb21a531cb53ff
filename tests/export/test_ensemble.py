"""An ensemble's graphs are those that converting each sample by itself gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tf_keras

from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Quantisation
from export.graphs import ensemble
from export.graphs.build import build_stacked
from export.graphs.convert import Precision
from export.graphs.ensemble import build_ensemble, convert_member
from export.graphs.stacked import select
from export.quantisation import SCHEMES
from models.posterior import draw_samples
from models.read_model import read_posterior

layers = tf_keras.layers

NO_IMAGES = np.empty((0, 1, 1, 1), np.float32)


def count_conversions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []

    def counted(*arguments: object) -> bytes:
        calls.append(1)
        return convert_member(*arguments)

    monkeypatch.setattr(ensemble, "convert_member", counted)
    return calls


@pytest.mark.parametrize("quantisation", [Quantisation.NONE, Quantisation.FLOAT16])
def test_copies_are_byte_for_byte_what_conversion_gives(
    quantisation: Quantisation, make_network: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    precision = Precision(quantisation, NO_IMAGES)
    samples = draw_samples(read_posterior(make_network("mixed")), 4, seed=0)
    expected = [convert_member(select(samples, [index]), precision) for index in range(4)]
    calls = count_conversions(monkeypatch)
    assert build_ensemble(samples, precision) == expected
    assert len(set(expected)) == 4
    assert len(calls) == 2  # the template, and the proof


def test_weights_that_the_converter_folds_are_converted_one_by_one(
    make_network: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    precision = Precision(Quantisation.NONE, NO_IMAGES)
    samples = draw_samples(read_posterior(make_network("flipout")), 3, seed=0)  # normalises after a linear convolution
    calls = count_conversions(monkeypatch)
    members = build_ensemble(samples, precision)
    assert len(calls) == 4
    assert members[2] == convert_member(select(samples, [2]), precision)


@pytest.mark.parametrize("quantisation", list(Quantisation))
def test_an_ensemble_agrees_with_the_stacked_graph(
    quantisation: Quantisation, make_network: Callable, make_images: Callable
) -> None:
    model = make_network("last_layer")
    images = make_images(model, 20)
    precision = Precision(quantisation, images)
    samples = draw_samples(read_posterior(model), 3, seed=1)
    signature = Signature(samples.input_shape, 3, 4)
    members = {str(index): graph for index, graph in enumerate(build_ensemble(samples, precision))}
    separate = Engine(members, signature).run(images)
    together = Engine({"stacked": build_stacked(samples, precision)}, signature).run(images)
    assert np.abs(separate - together).max() <= (1e-6 if SCHEMES[quantisation].weights else 0.02)


def test_masks_that_are_equal_in_one_sample_and_not_in_another_keep_apart() -> None:
    """Two masks of one value each: where both are equal, a graph stores them once."""
    model = tf_keras.Sequential([tf_keras.Input((4, 4, 1))])
    for layer in (layers.SpatialDropout2D(0.3), layers.SpatialDropout2D(0.3), layers.GlobalAveragePooling2D()):
        model.add(layer)
    model.add(layers.Dense(3, "softmax"))
    samples = draw_samples(read_posterior(model, mc_dropout=True), 12, seed=0)
    images = np.random.default_rng(0).random((3, 4, 4, 1), np.float32)
    precision, signature = Precision(Quantisation.NONE, NO_IMAGES), Signature((4, 4, 1), 12, 3)
    members = {str(index): graph for index, graph in enumerate(build_ensemble(samples, precision))}
    together = Engine({"stacked": build_stacked(samples, precision)}, signature).run(images)
    np.testing.assert_allclose(Engine(members, signature).run(images), together, atol=1e-6)
