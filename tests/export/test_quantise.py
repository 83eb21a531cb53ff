"""Quantised graphs of the shipped posterior stay within the table of tolerances."""

from __future__ import annotations

import numpy as np
import pytest

from dataset import load_split
from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind, Quantisation
from edge_app.runtime.prediction import entropy_bits
from export.draws_test import compare_draws
from export.errors import ExportError
from export.graphs.build import build_graphs, build_sampled
from export.graphs.convert import Precision, convert
from export.graphs.layers import class_probabilities
from export.graphs.pool_first import pool_before_activation
from export.graphs.sampled import SampledWeights
from export.options import ExportOptions
from export.quantisation import SCHEMES, Tolerance
from models.network import Posterior
from models.runs import PRETRAINED, load_run
from train.evaluate.agreement import compare

SAMPLES = 8
FIFTY = Signature((28, 28, 1), 50, 10)
SIGNATURE = Signature((28, 28, 1), SAMPLES, 10)

WEIGHTS_ROUNDED = Tolerance(sample=2e-3, predictive=1e-3, accuracy=0.002)
"""Between graphs whose weights were not rounded and those whose were."""


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return load_run(PRETRAINED / "bayesian").posterior


@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.ENSEMBLE])
@pytest.mark.parametrize("quantisation", [Quantisation.FLOAT16, Quantisation.DYNAMIC, Quantisation.INT8])
def test_quantised_graphs_are_close_to_float32(kind: Kind, quantisation: Quantisation, posterior: Posterior) -> None:
    test = load_split("MNIST", "test")
    images, labels = test.x[:1000], test.y[:1000]
    ranges = load_split("MNIST", "train").x[:100]
    exact, close = (
        Engine(build_graphs([posterior], ExportOptions(kind, SAMPLES, precision), ranges), SIGNATURE).run(images)
        for precision in (Quantisation.NONE, quantisation)
    )
    agreement, limits = compare(close, exact, labels), SCHEMES[quantisation].tolerance
    limits = WEIGHTS_ROUNDED if quantisation is Quantisation.FLOAT16 else limits
    assert 0 < agreement.max_dp <= limits.sample
    assert agreement.predictive_dp <= limits.predictive
    accuracy = (close.mean(axis=1).argmax(axis=1) == labels).mean()
    assert abs(accuracy - agreement.accuracy) <= limits.accuracy


def test_int8_weights_drawn_in_the_graph_are_refused_with_the_reason(posterior: Posterior) -> None:
    with pytest.raises(ExportError, match="int8: would round the random numbers"):
        build_sampled([posterior], 5, None, Precision(Quantisation.INT8, np.zeros((1, 28, 28, 1), np.float32)))


def test_the_reason_holds(posterior: Posterior) -> None:
    """Should int8 draws become as good as others, the refusal may go."""
    test, ranges = load_split("MNIST", "test").x[:1000], load_split("MNIST", "train").x[:100]
    weights, network = SampledWeights(posterior, 50, 1), pool_before_activation(posterior)
    rounded = convert(
        lambda image: class_probabilities(network, weights, image),
        (1, 28, 28, 1),
        Precision(Quantisation.INT8, ranges),
    )
    exact = Engine({"": build_sampled([posterior], 50, 2, Precision(Quantisation.NONE, ranges))}, FIFTY)
    doubtful = test[np.argsort(-entropy_bits(exact.run(test).mean(axis=1)))[:16]]
    ours, theirs = (
        np.concatenate([engine.run(doubtful) for _ in range(60)], axis=1)
        for engine in (Engine({"": rounded}, FIFTY), exact)
    )
    found = compare_draws(ours, theirs)
    assert min(found.mean_p, found.spread_p) < 0.0005
