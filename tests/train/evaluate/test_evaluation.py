"""The evaluator counts right, in parts as in the whole, and needs little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import Split
from edge_app.runtime.prediction import Predictions, Thresholds, predict_batch
from models.networks import BUILDERS
from models.predictive import sample_probabilities
from train.evaluate import Counts, count, evaluate, measure, predict_all, predict_blocks
from train.evaluate import predictor as module
from train.evaluate.full_model import FullModel
from train.evaluate.predictor import join

THRESHOLDS = Thresholds(entropy_bits=0.9, conformal=0.6)


class Remembered:
    """A predictor whose probabilities were drawn before, picked by the number that an image holds."""

    def __init__(self, images: int, samples: int, classes: int = 10) -> None:
        self.p = np.random.default_rng(0).dirichlet(np.full(classes, 0.2), (images, samples)).astype(np.float32)
        self.calls: list[int] = []

    def probabilities(self, images: NDArray[np.float32], /) -> NDArray[np.float32]:
        self.calls.append(len(images))
        return self.p[images[:, 0, 0, 0].astype(int)]


def numbered(count: int) -> NDArray[np.float32]:
    return np.arange(count, dtype=np.float32)[:, None, None, None]


def made_up(means: list[list[float]]) -> Predictions:
    """One sample an image; a warning above 0.9 bits, label sets of classes of at least 0.4."""
    return predict_batch(np.array(means)[:, None], THRESHOLDS)


def test_counts_by_hand() -> None:
    four = made_up([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5], [0.95, 0.05]])
    counts = count(four, np.array([0, 0, 1, 0]))
    assert counts == Counts(images=4, right=2, warned=1, unwarned_errors=1, covered=3, set_labels=5)
    assert (counts.warned_share, counts.coverage, counts.set_size) == (0.25, 0.75, 1.25)
    assert counts.unwarned_risk == pytest.approx(1 / 3)


def test_there_is_no_risk_where_nothing_was_shown() -> None:
    counts = count(made_up([[0.5, 0.5]]), np.array([1]))
    assert (counts.warned_share, counts.unwarned_risk) == (1, None)


def test_counts_of_the_parts_add_up_to_those_of_the_whole() -> None:
    predictor, labels = Remembered(997, 5), np.random.default_rng(1).integers(0, 10, 997)
    whole = predict_batch(predictor.p, THRESHOLDS)
    parts = [slice(0, 1), slice(1, 500), slice(500, 997)]
    added = [count(predict_batch(predictor.p[part], THRESHOLDS), labels[part]) for part in parts]
    assert added[2] + added[0] + added[1] == count(whole, labels)


def test_figures_do_not_depend_on_where_a_data_set_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    predictor, labels = Remembered(230, 7), np.random.default_rng(1).integers(0, 10, 230)
    expected = measure(predict_batch(predictor.p, THRESHOLDS), labels)
    monkeypatch.setattr(module, "SHARD", 100)
    monkeypatch.setattr(module, "BLOCK", 30)
    assert evaluate(predictor, numbered(230), labels, THRESHOLDS) == expected
    assert predictor.calls == [100, 100, 30]


def test_joined_predictions_are_those_of_the_whole() -> None:
    predictor = Remembered(50, 4)
    whole = predict_batch(predictor.p, THRESHOLDS)
    joined = join(predict_batch(predictor.p[part], THRESHOLDS) for part in (slice(0, 20), slice(20, 50)))
    for name in Predictions.__slots__:
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name))


def test_without_thresholds_nothing_is_warned_of_and_every_set_is_whole() -> None:
    predictor, labels = Remembered(40, 3), np.zeros(40, int)
    counts = evaluate(predictor, numbered(40), labels).counts
    assert (counts.warned, counts.covered, counts.set_labels) == (0, 40, 400)
    assert counts.unwarned_errors == counts.images - counts.right


def test_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="no image"):
        evaluate(Remembered(1, 1), numbered(0), np.zeros(0, int))


def test_no_more_than_a_shard_is_in_memory() -> None:
    """What is kept of an image does not grow with K, of which 60,000 images at once would need 240 MB in float32."""
    predictor = Remembered(600, 100)

    class Repeated:
        def probabilities(self, images: NDArray[np.float32], /) -> NDArray[np.float32]:
            return predictor.p[np.arange(len(images)) % 600]

    tracemalloc.start()
    evaluate(Repeated(), np.zeros((60_000, 1, 1, 1), np.float32), np.zeros(60_000, int))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150e6


def test_a_full_model_makes_the_same_passes_in_every_call(digits: Split) -> None:
    model = BUILDERS["bayesian"](100)
    first, again, other = (FullModel(model, 3, seed).probabilities(digits.x[:20]) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (20, 3, 10)
    assert (first != other).any()
    once = FullModel(model, 3, 0)
    few, many = once.probabilities(digits.x[:7]), once.draw(digits.x[:20], 5)
    np.testing.assert_array_equal(few, FullModel(model, 3, 0).probabilities(digits.x[:7]))
    np.testing.assert_array_equal(many[:, :3], first)
    np.testing.assert_array_equal(once.probabilities(digits.x[:20]), first)


def test_a_full_model_is_scored_on_the_mean_of_its_passes(digits: Split) -> None:
    x, y = digits.x[:60], digits.y[:60]
    model = BUILDERS["bayesian"](100)
    found = evaluate(FullModel(model, 8, 0), x, y)
    passes = sample_probabilities(model, x, 8, 0)
    assert found == measure(predict_blocks(passes), y)
    # Jensen's inequality: the mean of distributions scores at least as well as they do on average.
    each = [measure(predict_blocks(passes[:, k : k + 1]), y).scores.nll for k in range(8)]
    assert found.scores.nll <= np.mean(each)
    assert predict_all(FullModel(model, 1, 0), x).epistemic_bits.max() == 0
