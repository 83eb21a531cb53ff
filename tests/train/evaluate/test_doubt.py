"""What doubt is worth, against closed forms and plain loops."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from train.evaluate.doubt import auroc, risk_coverage

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

flags = st.integers(1, 60).flatmap(lambda n: arrays(bool, n))


def test_perfect_ranking_puts_every_error_last() -> None:
    curve = risk_coverage(np.arange(100.0), np.arange(100) >= 90)
    assert curve.risk[:90] == (0.0,) * 90
    assert curve.risk[-1] == 0.1
    assert curve.aurc == pytest.approx(sum((n - 90) / n for n in range(91, 101)) / 100)


@settings(deadline=None)
@given(flags)
def test_doubt_that_says_nothing_gives_the_error_rate_everywhere(wrong: Flags) -> None:
    curve = risk_coverage(np.zeros(len(wrong)), wrong)
    np.testing.assert_allclose([*curve.risk, curve.aurc], wrong.mean())


@settings(deadline=None)
@given(flags, st.randoms(use_true_random=False))
def test_ties_give_the_mean_over_their_orders(wrong: Flags, chance: random.Random) -> None:
    doubt = np.array([chance.randrange(3) for _ in wrong], float)
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(400):
        order = np.lexsort([rng.random(len(wrong)), doubt])
        areas.append((np.cumsum(wrong[order]) / np.arange(1, len(wrong) + 1)).mean())
    # Areas lie between 0 and 1: six standard errors of 400 of them.
    assert risk_coverage(doubt, wrong).aurc == pytest.approx(np.mean(areas), abs=6 * np.std(areas) / 20 + 1e-9)


def test_risk_at_full_coverage_is_the_error_rate() -> None:
    rng = np.random.default_rng(1)
    wrong = rng.random(1234) < 0.2
    assert risk_coverage(rng.random(1234), wrong).risk[-1] == pytest.approx(wrong.mean())


def test_auroc_counts_pairs_in_order() -> None:
    rng = np.random.default_rng(3)
    doubt, wrong = rng.integers(0, 5, 80).astype(float), rng.random(80) < 0.3
    pairs = [(a > b) + 0.5 * (a == b) for a in doubt[wrong] for b in doubt[~wrong]]
    assert auroc(doubt, wrong) == pytest.approx(np.mean(pairs))


def test_auroc_needs_both_sorts() -> None:
    assert auroc(np.arange(5.0), np.ones(5, bool)) is None
    assert auroc(np.arange(5.0), np.zeros(5, bool)) is None
