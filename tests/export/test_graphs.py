"""The three kinds of graphs give what the full model gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tf_keras

from edge_app.engine import Engine, Signature
from edge_app.manifest import Kind, Quantisation
from export.graphs.build import build_graphs
from export.graphs.convert import Precision
from export.order import Order
from export.statistics import compare_draws
from models.collapse import Collapsed
from models.network import Posterior
from models.posterior import draw_samples, read_posterior
from models.predictive import repeated_passes

FLOAT = Precision(Quantisation.NONE, np.empty((0, 1, 1, 1), np.float32))
NAMES = ["flipout", "mixed", "last_layer"]


DRAWS = 2000


def classes(model: tf_keras.Sequential) -> int:
    return int(model.output_shape[-1])


def engine(posterior: Posterior, order: Order, count: int) -> Engine:
    graphs = build_graphs(posterior, order, FLOAT)
    return Engine(graphs, Signature(posterior.input_shape, order.samples, count))


@pytest.mark.parametrize("kind", [Kind.ENSEMBLE, Kind.STACKED])
@pytest.mark.parametrize("name", NAMES)
def test_frozen_graphs_equal_the_full_model_under_the_same_weights(
    kind: Kind, name: str, make_network: Callable, make_images: Callable
) -> None:
    model = make_network(name)
    posterior = read_posterior(model)
    order = Order(kind=kind, samples=3, seed=4)
    images = make_images(model, 5)
    found = engine(posterior, order, classes(model)).probabilities(images)
    collapsed = Collapsed(model, draw_samples(posterior, 3, 4))
    expected = np.stack([collapsed.probabilities(images, index) for index in range(3)], axis=1)
    assert np.abs(found - expected).max() <= 1e-5
    assert found.std(axis=1).max() > 0.01  # the samples differ: the comparison is worth something


@pytest.mark.parametrize("name", NAMES)
def test_a_sampled_graph_has_the_full_models_mean_and_spread(
    name: str, make_network: Callable, make_images: Callable
) -> None:
    model = make_network(name)
    images = make_images(model, 3)
    graph = engine(read_posterior(model), Order(kind=Kind.SAMPLED, samples=50, graph_seed=1), classes(model))
    found = np.concatenate([graph.probabilities(images) for _ in range(DRAWS // 50)], axis=1)
    test = compare_draws(found, np.concatenate(list(repeated_passes(model, images, DRAWS, seed=2)), axis=1))
    assert test.mean_p > 0.001
    assert test.spread_p > 0.001
    assert abs(test.spread_ratio - 1) < 0.1
