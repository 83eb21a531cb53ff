"""The figures that a training ends with."""

from dataclasses import asdict

import numpy as np
import pytest
import tf_keras

from dataset import Split
from edge_app.scores import score
from models.networks import BUILDERS
from models.predictive import sample_probabilities
from train.evaluate import PASSES, evaluate

NAMES = {"accuracy", "nll", "brier", "ece"}


@pytest.fixture
def few(digits: Split) -> Split:
    return Split(*(values[:60] for values in digits))


@pytest.mark.parametrize("name", ["deterministic", "probabilistic"])
def test_a_network_whose_passes_agree_is_scored_once(few: Split, name: str) -> None:
    model = BUILDERS[name](100)
    found = evaluate(model, few, 0)
    assert found.keys() == NAMES
    assert found == pytest.approx(asdict(score(sample_probabilities(model, few.x, 1, 0)[:, 0], few.y)))


def test_a_network_whose_passes_differ_is_scored_on_one_and_on_their_mean(few: Split) -> None:
    tf_keras.utils.set_random_seed(0)
    model = BUILDERS["bayesian"](100)
    found = evaluate(model, few, 0)
    assert found.keys() == NAMES | {f"one_pass_{name}" for name in NAMES}
    passes = sample_probabilities(model, few.x, PASSES, 0)
    assert found["nll"] == pytest.approx(score(passes.mean(axis=1), few.y).nll)
    assert found["one_pass_nll"] == pytest.approx(score(passes[:, 0], few.y).nll)
    # Jensen's inequality: the mean of distributions scores at least as well as they do on average.
    each = [score(passes[:, k], few.y).nll for k in range(PASSES)]
    assert found["nll"] <= np.mean(each)


def test_the_same_seed_gives_the_same_figures(few: Split) -> None:
    model = BUILDERS["bayesian"](100)
    assert evaluate(model, few, 3) == evaluate(model, few, 3)
    assert evaluate(model, few, 3) != evaluate(model, few, 4)
