"""The three kinds of graphs give what the full model gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import tf_keras
from ai_edge_litert.interpreter import Interpreter

from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind
from export.draws_test import compare_draws
from export.errors import ExportError
from export.exportable import make_reference
from export.graphs.build import build_graphs
from export.options import ExportOptions
from models.network import Drawn, Point, Posterior
from models.posterior import draw_samples
from models.predictive import repeated_passes
from models.read_model import read_posterior

NO_IMAGES = np.empty((0, 1, 1, 1), np.float32)
NAMES = ["flipout", "mixed", "last_layer"]


DRAWS = 2000


def classes(model: tf_keras.Sequential) -> int:
    return int(model.output_shape[-1])


def engine(posterior: Posterior, options: ExportOptions, count: int) -> Engine:
    graphs = build_graphs([posterior], options, NO_IMAGES)
    return Engine(graphs, Signature(posterior.input_shape, options.count, count))


@pytest.mark.parametrize("kind", [Kind.ENSEMBLE, Kind.STACKED])
@pytest.mark.parametrize("name", NAMES)
def test_frozen_graphs_equal_the_full_model_under_the_same_weights(
    kind: Kind, name: str, make_network: Callable, make_images: Callable
) -> None:
    model = make_network(name)
    posterior = read_posterior(model)
    options = ExportOptions(kind=kind, samples=3, seed=4)
    images = make_images(model, 5)
    found = engine(posterior, options, classes(model)).run(images)
    reference = make_reference(model)
    expected = np.stack(list(reference.same_weights(draw_samples(posterior, 3, 4), images, range(3))), axis=1)
    assert np.abs(found - expected).max() <= 1e-5
    assert found.std(axis=1).max() > 0.01  # the samples differ: the comparison is worth something


@pytest.mark.parametrize("name", NAMES)
def test_a_sampled_graph_has_the_full_models_mean_and_spread(
    name: str, make_network: Callable, make_images: Callable
) -> None:
    model = make_network(name)
    images = make_images(model, 3)
    graph = engine(read_posterior(model), ExportOptions(kind=Kind.SAMPLED, samples=50, graph_seed=1), classes(model))
    found = np.concatenate([graph.run(images) for _ in range(DRAWS // 50)], axis=1)
    test = compare_draws(found, np.concatenate(list(repeated_passes(model, images, DRAWS, seed=2)), axis=1))
    assert test.mean_p > 0.001
    assert test.spread_p > 0.001
    assert abs(test.spread_ratio - 1) < 0.1


@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.ENSEMBLE])
@pytest.mark.parametrize("name", NAMES)
def test_a_graph_of_any_batch_gives_what_its_images_give(
    name: str, kind: Kind, make_network: Callable, make_images: Callable
) -> None:
    model = make_network(name)
    posterior = read_posterior(model)
    images = make_images(model, 7)
    one, three = (
        engine(posterior, ExportOptions(kind=kind, samples=3, batch=batch), classes(model)) for batch in (1, 3)
    )
    np.testing.assert_allclose(three.run(images), one.run(images), atol=1e-5)
    np.testing.assert_array_equal(three.run(images[:2]), three.run(images)[:2])


@pytest.mark.parametrize("kind", list(Kind))
def test_a_graph_is_called_by_name_and_its_shapes_are_fixed(
    kind: Kind, make_network: Callable, make_images: Callable
) -> None:
    model = make_network("plain")
    posterior, images = read_posterior(model), make_images(model, 1)
    options = ExportOptions(kind=kind, samples=8, graph_seed=1)
    name, graph = next(iter(build_graphs([posterior], options, NO_IMAGES).items()))
    interpreter = Interpreter(model_content=graph)
    assert interpreter.get_signature_list() == {"probabilities": {"inputs": ["image"], "outputs": ["probabilities"]}}
    (image,) = interpreter.get_input_details()
    assert image["shape_signature"].tolist() == [1, 10, 10, 1], name
    found = interpreter.get_signature_runner("probabilities")(image=images)["probabilities"]
    samples = 1 if kind is Kind.ENSEMBLE else 8
    expected = Engine({"": graph}, Signature(posterior.input_shape, samples, 4)).run(images)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)


def test_a_graph_that_draws_takes_one_image_at_a_time(make_network: Callable) -> None:
    options = ExportOptions(kind=Kind.SAMPLED, samples=2, batch=2)
    with pytest.raises(ExportError, match="batch: found 2, expected at least 1, and 1 for kind sampled"):
        build_graphs([read_posterior(make_network("plain"))], options, NO_IMAGES)


def test_layers_before_the_first_sampled_one_are_computed_once(make_network: Callable) -> None:
    """The known trunk of `last_layer` is in the graph once, whatever the number of samples."""
    posterior = read_posterior(make_network("last_layer"))
    sizes = [
        len(build_graphs([posterior], ExportOptions(kind=Kind.STACKED, samples=samples), NO_IMAGES)["stacked.tflite"])
        for samples in (10, 110)
    ]
    sampled_weights = 4 * 4 * (4 + 1)  # bytes of the dense layer's kernel and bias
    assert sizes[1] - sizes[0] == pytest.approx(100 * sampled_weights, rel=0.05)


def test_a_posterior_that_a_graph_cannot_draw_is_refused_by_layer(make_network: Callable) -> None:
    posterior = read_posterior(make_network("plain"))
    drawn = Drawn(lambda count, _: np.zeros((count, 48, 4), np.float32), ())
    dense = replace(posterior.layers[-1], weights={"kernel": drawn})
    broken = replace(posterior, layers=(*posterior.layers[:-1], dense))
    with pytest.raises(ExportError, match="layer 'dense': found a posterior that is no mean-field Normal"):
        build_graphs([broken], ExportOptions(kind=Kind.SAMPLED, samples=2), NO_IMAGES)
    assert build_graphs([broken], ExportOptions(kind=Kind.STACKED, samples=2), NO_IMAGES)


def test_a_network_without_posterior_has_nothing_to_draw(make_network: Callable) -> None:
    posterior = read_posterior(make_network("plain"))
    layers = (
        replace(layer, weights={role: Point(weight.loc) for role, weight in layer.weights.items()})
        for layer in posterior.layers
    )
    known = replace(posterior, layers=tuple(layers))
    with pytest.raises(ExportError, match="every weight is known"):
        build_graphs([known], ExportOptions(kind=Kind.SAMPLED, samples=2), NO_IMAGES)
    for kind in (Kind.STACKED, Kind.ENSEMBLE):
        with pytest.raises(ExportError, match="samples: found 2 of 1 model"):
            build_graphs([known], ExportOptions(kind=kind, samples=2), NO_IMAGES)
        assert engine(known, ExportOptions(kind=kind, samples=1), 4).signature.samples == 1
