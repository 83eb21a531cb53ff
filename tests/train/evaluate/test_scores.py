"""Scores against their closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from train.evaluate.scores import confidence_bin, reliability, score

Array = NDArray[np.float64]


def random_case(seed: int, n: int = 200) -> tuple[Array, NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(10, 0.3), n), rng.integers(0, 10, n)


def test_certain_and_right_is_perfect() -> None:
    scores = score(np.eye(10), np.arange(10))
    assert (scores.accuracy, scores.nll, scores.brier, scores.ece) == (1.0, 0.0, 0.0, 0.0)


def test_certain_and_wrong_is_as_bad_as_can_be() -> None:
    scores = score(np.eye(10), (np.arange(10) + 1) % 10)
    assert scores.accuracy == 0.0
    assert scores.brier == 2.0  # summed over classes, not averaged
    assert scores.ece == 1.0  # a confidence of exactly 1 counts
    assert math.isfinite(scores.nll)


def test_knowing_nothing() -> None:
    scores = score(np.full((10, 10), 0.1), np.arange(10))
    assert scores.accuracy == 0.1
    assert scores.nll == pytest.approx(math.log(10))
    assert scores.brier == pytest.approx(0.9)
    assert scores.ece == pytest.approx(0.0)


def test_a_coin() -> None:
    assert score(np.array([[0.5, 0.5]]), np.array([0])).nll == pytest.approx(0.693, abs=5e-4)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_scores_are_those_of_plain_loops(seed: int) -> None:
    p, y = random_case(seed)
    found = score(p, y)
    assert found.nll == pytest.approx(np.mean([-math.log(row[label]) for row, label in zip(p, y, strict=True)]))
    brier = [sum((row[c] - (c == label)) ** 2 for c in range(10)) for row, label in zip(p, y, strict=True)]
    assert found.brier == pytest.approx(np.mean(brier))
    assert found.accuracy == np.mean([row.argmax() == label for row, label in zip(p, y, strict=True)])
    error = 0.0
    for b in range(15):
        inside = [i for i, row in enumerate(p) if b / 15 < row.max() <= (b + 1) / 15]
        if inside:
            gap = np.mean([p[i].max() for i in inside]) - np.mean([p[i].argmax() == y[i] for i in inside])
            error += len(inside) / len(p) * abs(gap)
    assert found.ece == pytest.approx(error)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_scores_do_not_depend_on_the_order_of_images(seed: int) -> None:
    p, y = random_case(seed, 50)
    forward, backward = score(p, y), score(p[::-1], y[::-1])
    for name in ("accuracy", "nll", "brier", "ece"):
        assert getattr(forward, name) == pytest.approx(getattr(backward, name))


def test_bins_are_closed_above() -> None:
    assert confidence_bin(np.array([0.0, 1 / 15, 0.07, 1.0])).tolist() == [0, 0, 1, 14]


@pytest.mark.parametrize(("means", "labels"), [((0, 10), 0), ((3, 10), 2), ((10,), 10)])
def test_shapes_that_do_not_fit_are_refused(means: tuple[int, ...], labels: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        score(np.ones(means), np.zeros(labels, int))


def test_reliability_bins_hold_every_image_and_give_the_calibration_error() -> None:
    p, y = random_case(2, 500)
    p[:20] = np.eye(10)[3]  # a confidence of exactly 1
    bins = reliability(p, y)
    assert len(bins) == 15
    assert sum(b.count for b in bins) == 500
    assert bins[-1].count >= 20
    error = sum(b.count * abs(b.accuracy - b.confidence) for b in bins if b.count) / 500
    assert error == pytest.approx(score(p, y).ece)


def test_an_empty_bin_has_no_means() -> None:
    empty = reliability(np.eye(10), np.arange(10))[0]
    assert (empty.count, empty.confidence, empty.accuracy) == (0, None, None)
