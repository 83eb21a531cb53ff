"""The comparison with the source's printed figures."""

import math
from dataclasses import replace

import numpy as np
import pytest

from train.evaluate import Counts, Evaluation
from train.evaluate.doubt import Detection, Doubt
from train.evaluate.scores import Scores
from train.report.facts import RunFacts
from train.report.published import PRINTED, compare, prediction_margin
from train.report.results import Crossed, DataResult, Group, Measurement
from train.report.selection import CLEAN, CORRUPTED


def facts(network: str) -> RunFacts:
    return RunFacts(
        name="mine", network=network, stochastic=True, layers=(), rows=1, holdout=0, epochs=0, training_accuracy=None,
        seed=0,
    )  # fmt: skip


def group(bits: float) -> Group:
    return Group(1, 0.5, bits, ())


def results(network: str) -> list[DataResult]:
    return [result(data, stochastic=network == "bayesian") for data in (CLEAN, CORRUPTED)]


def result(data: str, *, stochastic: bool) -> DataResult:
    evaluation = Evaluation(
        Counts(10, 9, 0, 1, 10, 100), Scores(0.9, 0, 0, 0), Doubt(0, 0, 0, 0), Detection(None, None, None)
    )
    measured = Measurement(1, evaluation, group(0.1), group(1.0), (), (), 0, ())
    crossed = Crossed(group(0.11), group(0.9)) if stochastic else None
    return DataResult("mine", data, measured, measured if stochastic else None, crossed)


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
    assert {replace(row.quantity, other_pass=False) for row in rows} == set(PRINTED[network])
    assert any(row.quantity.other_pass for row in rows) == (network == "bayesian")
    for row in rows:
        assert row.source == PRINTED[network][replace(row.quantity, other_pass=False)]
        assert row.difference == pytest.approx(row.ours - row.source)
        assert row.within == (abs(row.source - row.seeds_mean) <= row.margin)
        assert row.seeds >= 5


def test_a_figure_outside_is_explained_only_where_the_other_split_agrees() -> None:
    rows = {row.quantity: row for row in compare([facts("bayesian")], results("bayesian"))}
    outside = [row for row in rows.values() if not row.within]
    assert outside
    for row in outside:
        assert row.other_pass_agrees == rows[replace(row.quantity, other_pass=True)].within


def test_quantities_are_said_in_words() -> None:
    said = {str(row.quantity) for row in compare([facts("bayesian")], results("bayesian"))}
    assert {"accuracy on MNIST", "entropy where another pass is wrong on MNIST corrupted"} <= said


def test_a_network_of_another_name_is_left_out() -> None:
    assert compare([facts("lenet")], results("lenet")) == ()
