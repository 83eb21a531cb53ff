"""The promise's test against the theory that it rests on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edge_app.runtime.promise import PromiseTest, PromiseVerdict


def broken_at(risk: float, seed: int, length: int) -> int | None:
    test = PromiseTest(0.005, 0.95)
    for wrong in np.random.default_rng(seed).random(length) < risk:
        test.observe(wrong=bool(wrong))
        if test.verdict.broken_at is not None:
            break
    return test.verdict.broken_at


@pytest.mark.slow
def test_a_promise_that_is_just_kept_is_rarely_found_broken_however_long_one_looks() -> None:
    streams = 400
    broken = sum(broken_at(0.005, seed, 1000) is not None for seed in range(streams))
    assert 0 < broken <= stats.binom.ppf(0.999, streams, 0.05)


@pytest.mark.parametrize("risk", [0.02, 0.05])
def test_a_broken_promise_is_found_after_about_as_many_readings_as_was_said(risk: float) -> None:
    needed = PromiseTest(0.005, 0.95).needed(risk)
    assert needed is not None
    found = [broken_at(risk, seed, 20 * needed) for seed in range(60)]
    assert None not in found
    assert 0.4 < np.mean([at or 0 for at in found]) / needed < 1.5


def test_the_capital_is_that_of_three_bettors_worked_out_by_hand() -> None:
    test = PromiseTest(0.1, 0.9)
    assert test.verdict == PromiseVerdict(0, 0, pytest.approx(0, abs=1e-12), None)
    test.observe(wrong=True)
    test.observe(wrong=False)
    by_hand = np.mean([rate / 0.1 * (1 - rate) / 0.9 for rate in (0.2, 0.4, 0.55)])
    assert test.verdict.log10_evidence == pytest.approx(np.log10(by_hand))
    assert (test.verdict.labelled, test.verdict.wrong) == (2, 1)
    growth = max(0.4 * np.log(rate / 0.1) + 0.6 * np.log((1 - rate) / 0.9) for rate in (0.2, 0.4, 0.55))
    assert test.needed(0.4) == np.ceil(np.log(10 * 3) / growth)  # the best of three bettors pays for all of them


def test_readings_that_are_right_lower_the_evidence_and_what_was_promised_is_never_found() -> None:
    test = PromiseTest(0.005, 0.95)
    for _ in range(500):
        test.observe(wrong=False)
    assert test.verdict.log10_evidence < 0
    assert test.verdict.broken_at is None
    assert test.needed(0.005) is None
