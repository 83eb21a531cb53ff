"""Tests of the drift monitor against the theory that it rests on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from edge_app.runtime.drift import EDGES, TOLERANCE, DriftMonitor, count_scores

STREAMS = 2_000
LENGTH = 300


def _watch(monitor: DriftMonitor, scores: NDArray[np.float64]) -> DriftMonitor:
    for score in scores:
        monitor.observe(float(score))
    return monitor


@pytest.mark.slow
def test_false_alarms_stay_within_the_rate_over_many_clean_streams() -> None:
    rate = 0.05
    alarms = 0
    for seed in range(STREAMS):
        rng = np.random.default_rng(seed)
        reference = count_scores(rng.exponential(size=200))
        stream = rng.exponential(size=LENGTH)
        alarms += _watch(DriftMonitor(reference, seed=seed, false_alarm_rate=rate), stream).drift.alarmed_at is not None
    # Ville's inequality, with room for the noise of 2,000 streams.
    assert alarms <= stats.binom.ppf(0.999, STREAMS, rate)


def test_somewhat_more_doubt_than_in_the_calibration_is_tolerated() -> None:
    rate, streams = 0.05, 200
    alarms = 0
    for seed in range(streams):
        rng = np.random.default_rng(seed)
        reference = count_scores(rng.exponential(size=5_000))
        stream = np.log(TOLERANCE) + rng.exponential(size=LENGTH)  # each tail is as heavy as may be
        alarms += _watch(DriftMonitor(reference, seed=seed, false_alarm_rate=rate), stream).drift.alarmed_at is not None
    assert 0 < alarms <= stats.binom.ppf(0.999, streams, rate)


def test_bins_are_those_that_bundles_were_counted_in() -> None:
    """Two a doubling, from 2 ** -24 bits to more than 4: a bundle's counts mean nothing in others."""
    assert (EDGES[0], EDGES[-1], len(EDGES)) == (2.0**-24, pytest.approx(4 * np.sqrt(2)), 54)
    np.testing.assert_allclose(EDGES[1:] / EDGES[:-1], np.sqrt(2))


def test_p_values_are_uniform_when_nothing_changes() -> None:
    rng = np.random.default_rng(0)
    monitor = DriftMonitor(count_scores(rng.lognormal(size=500)), seed=1)
    bins = np.searchsorted(EDGES, rng.lognormal(size=5_000))
    p_values = [monitor._p_value(int(bin_)) for bin_ in bins]
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(p_values[:-1], p_values[1:])[0, 1]) < 0.05


def test_the_evidence_is_that_of_an_independent_library() -> None:
    martingale = pytest.importorskip("online_cp.martingale", reason="needs the extra dev")
    oracle = martingale.SimpleJumper(J=0.01, E=[0.5, 0.75, 1.0])
    oracle.b_epsilon = lambda p, power: power * p ** (power - 1)
    rng = np.random.default_rng(3)
    monitor = DriftMonitor(count_scores(rng.lognormal(size=500)), seed=4)
    twin = DriftMonitor(count_scores(np.random.default_rng(3).lognormal(size=500)), seed=4)
    for score in np.concatenate([rng.lognormal(size=300), rng.lognormal(1.0, size=300)]):
        monitor.observe(float(score))
        oracle.update(min(1.0, TOLERANCE * twin._p_value(int(np.searchsorted(EDGES, score)))))
        assert monitor.drift.log10_evidence == pytest.approx(oracle.logM / np.log(10), abs=1e-9)
    assert monitor.drift.log10_evidence > 3


def test_a_shift_upwards_is_found_and_the_alarm_stays() -> None:
    rng = np.random.default_rng(0)
    monitor = DriftMonitor(count_scores(rng.lognormal(size=2_000)), seed=0)
    _watch(monitor, rng.lognormal(size=500))
    assert monitor.drift.alarmed_at is None
    _watch(monitor, rng.lognormal(1.0, size=200))
    found = monitor.drift.alarmed_at
    assert found is not None
    assert 500 < found <= 700
    _watch(monitor, rng.lognormal(size=5_000))
    assert monitor.drift.alarmed_at == found


def test_digits_are_counted_up_to_the_alarm_and_on() -> None:
    monitor = DriftMonitor(count_scores(np.random.default_rng(0).lognormal(size=2_000)), seed=0)
    assert (monitor.drift.digits, monitor.drift.log10_evidence) == (0, 0)
    for number in range(1, 200):
        monitor.observe(100.0)
        assert monitor.drift.digits == number
        assert (monitor.drift.alarmed_at is None) == (monitor.drift.log10_evidence < 3)
        if monitor.drift.alarmed_at is not None:
            break
    assert monitor.drift.alarmed_at == monitor.drift.digits
    monitor.observe(100.0)
    assert monitor.drift.alarmed_at == number < monitor.drift.digits


def test_digits_that_are_clearer_than_the_calibrations_raise_no_alarm() -> None:
    rng = np.random.default_rng(0)
    monitor = DriftMonitor(count_scores(rng.lognormal(size=2_000)), seed=0)
    assert _watch(monitor, rng.lognormal(-2.0, size=2_000)).drift.alarmed_at is None


@given(st.lists(st.floats(0, 3.4), min_size=1, max_size=60))
def test_every_calibration_score_is_counted_once(scores: list[float]) -> None:
    counts = count_scores(np.array(scores))
    assert sum(counts) == len(scores)
    assert len(counts) == len(EDGES) + 1


def test_the_same_seed_gives_the_same_evidence() -> None:
    rng = np.random.default_rng(0)
    reference = count_scores(np.round(rng.exponential(size=300), 1))
    stream = np.round(rng.exponential(size=300), 1)
    first, again = (_watch(DriftMonitor(reference, seed=7), stream).drift.log10_evidence for _ in range(2))
    assert first == again


def test_no_scores_and_impossible_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        count_scores(np.array([]))
    with pytest.raises(ValueError, match="each at least 0"):
        count_scores(np.array([0.1, np.nan]))
    with pytest.raises(ValueError, match="expected 55"):
        DriftMonitor([1, 2], seed=0)
    reference = count_scores(np.array([1.0, 2.0]))
    for rate in (0.0, 1.0):
        with pytest.raises(ValueError, match="false alarm rate"):
            DriftMonitor(reference, seed=0, false_alarm_rate=rate)
