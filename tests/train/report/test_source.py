"""The comparison with the source's printed figures."""

import math

import numpy as np
import pytest

from train.evaluate.scores import Scores
from train.report.results import Crossed, DataResult, Detection, Doubt, Facts, Group, Reading
from train.report.selection import CLEAN, CORRUPTED
from train.report.source import PRINTED, SPLIT_REASON, compare, prediction_margin


def facts(network: str) -> Facts:
    return Facts("mine", "run", network, stochastic=True, samples=None, layers=(), notes={})


def group(bits: float) -> Group:
    return Group(1, 0.5, bits, ())


def results(network: str) -> list[DataResult]:
    return [result(data, stochastic=network == "bayesian") for data in (CLEAN, CORRUPTED)]


def result(data: str, *, stochastic: bool) -> DataResult:
    reading = Reading(
        1, Scores(0.9, 0, 0, 0), group(0.1), group(1.0), Doubt(0, 0, 0, 0), Detection(None, None, None), (), (), 0, ()
    )
    crossed = Crossed(group(0.11), group(0.9)) if stochastic else None
    return DataResult("mine", data, 10, reading, reading if stochastic else None, crossed)


def test_prediction_interval_holds_95_of_100_further_values() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(3, 2, (20_000, 6))
    seen, further = draws[:, :5], draws[:, 5]
    margins = np.array([prediction_margin(s, 5) for s in seen.std(axis=1, ddof=1)])
    held = (np.abs(further - seen.mean(axis=1)) <= margins).mean()
    assert held == pytest.approx(0.95, abs=6 * math.sqrt(0.95 * 0.05 / 20_000))


@pytest.mark.parametrize("network", PRINTED)
def test_every_printed_figure_is_compared(network: str) -> None:
    rows = compare([facts(network)], results(network))
    assert {row.quantity.replace("another pass is ", "") for row in rows} == set(PRINTED[network])
    for row in rows:
        assert row.difference == pytest.approx(row.ours - row.source)
        assert row.within == (abs(row.source - row.seeds_mean) <= row.margin)
        assert bool(row.reason) != row.within
        assert row.seeds >= 5


def test_a_figure_outside_is_explained_only_where_the_other_split_agrees() -> None:
    rows = {row.quantity: row for row in compare([facts("bayesian")], results("bayesian"))}
    for quantity, row in rows.items():
        if not row.within:
            assert row.reason == SPLIT_REASON
            assert rows[quantity.replace("where ", "where another pass is ")].within


def test_a_network_of_another_name_is_left_out() -> None:
    assert compare([facts("lenet")], results("lenet")) == ()
