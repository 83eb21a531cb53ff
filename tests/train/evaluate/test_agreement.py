"""How far two predictors are apart."""

import numpy as np
import pytest

from train.evaluate import predict_blocks
from train.evaluate.agreement import compare, mean_spread, next_draw_coverage, total_variation

RNG = np.random.default_rng(0)
P = RNG.dirichlet(np.ones(5), (1500, 40)).astype(np.float32)  # more images than one block
LABELS = RNG.integers(0, 5, 1500)


def test_equal_probabilities_agree_in_everything() -> None:
    agreement = compare(P, P, LABELS)
    assert (agreement.max_dp, agreement.p999_dp, agreement.mean_dp, agreement.predictive_dp) == (0, 0, 0, 0)
    assert (agreement.spread, agreement.entropy_bits, agreement.same_label) == (0, 0, 1)
    assert agreement.accuracy == (P.mean(axis=1).argmax(axis=1) == LABELS).mean()


def test_one_moved_probability_is_found() -> None:
    moved = P.copy()
    moved[1400, 7, :2] += np.array([0.25, -0.25], np.float32) * np.sign(0.5 - moved[1400, 7, 0])
    agreement = compare(moved, P, LABELS)
    assert agreement.max_dp == pytest.approx(0.25, abs=1e-6)
    assert agreement.p999_dp == 0
    assert agreement.predictive_dp == pytest.approx(0.25 / 40, abs=1e-6)
    assert 0 < agreement.mean_dp < 1e-5


def test_intervals_are_compared_at_equal_numbers_of_samples() -> None:
    assert mean_spread(P, 40) > mean_spread(P[:, :20], 20)
    assert mean_spread(P, 20) == pytest.approx(mean_spread(P[:, :20], 20), rel=0.02)
    assert mean_spread(P, 40) == pytest.approx(predict_blocks(P).spread.mean())


def test_distance_of_distributions() -> None:
    certain = np.eye(4)
    assert total_variation(certain, certain) == 0
    assert total_variation(certain, np.roll(certain, 1, axis=1)) == 1
    assert total_variation(certain, np.full((4, 4), 0.25)) == pytest.approx(0.75)


def test_draws_in_the_interval_are_counted() -> None:
    ours = predict_blocks(np.array([[[0.8, 0.2], [0.6, 0.4]]], np.float32))  # the label's interval: about 0.6 to 0.8
    draws = np.array([[[0.5, 0.5], [0.7, 0.3], [0.75, 0.25], [0.9, 0.1]]], np.float32)
    assert next_draw_coverage(ours, draws) == 0.5
