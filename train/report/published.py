"""Sets our figures beside those that the source of the three networks printed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Final

import msgspec
from scipy.stats import t

from train.report.comparison import Comparison, Quantity, Statistic
from train.report.facts import Facts, RunFacts
from train.report.results import DataResult
from train.report.selection import CLEAN, CORRUPTED

SEEDS: Final = Path(__file__).with_name("published_seeds.json")
"""Figures of runs that differ by their seed alone, written by `python -m train.report.seeds`."""

CONFIDENCE: Final = 0.95

PRINTED: Final[Mapping[str, Mapping[Quantity, float]]] = {
    "deterministic": {
        Quantity(Statistic.ACCURACY, CLEAN): 0.9732,
        Quantity(Statistic.ACCURACY, CORRUPTED): 0.9409,
    },
    "probabilistic": {
        Quantity(Statistic.ACCURACY, CLEAN): 0.9736,
        Quantity(Statistic.ACCURACY, CORRUPTED): 0.9415,
        Quantity(Statistic.ENTROPY_RIGHT, CLEAN): 0.102,
        Quantity(Statistic.ENTROPY_WRONG, CLEAN): 1.088,
        Quantity(Statistic.ENTROPY_RIGHT, CORRUPTED): 0.195,
        Quantity(Statistic.ENTROPY_WRONG, CORRUPTED): 1.147,
    },
    "bayesian": {
        Quantity(Statistic.ACCURACY, CLEAN): 0.9636,
        Quantity(Statistic.ACCURACY, CORRUPTED): 0.9286,
        Quantity(Statistic.ENTROPY_RIGHT, CLEAN): 0.122,
        Quantity(Statistic.ENTROPY_WRONG, CLEAN): 0.869,
        Quantity(Statistic.ENTROPY_RIGHT, CORRUPTED): 0.220,
        Quantity(Statistic.ENTROPY_WRONG, CORRUPTED): 0.983,
    },
}
"""By network and quantity, of one stochastic pass; entropies in bits."""


class SeedSeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One quantity of one pass of a network, a value for each seed."""

    network: str
    quantity: Quantity
    values: tuple[float, ...]


class SeedFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of several runs of each network, and how they were made."""

    command: str
    series: tuple[SeedSeries, ...]

    def values(self, network: str, quantity: Quantity) -> tuple[float, ...]:
        """Find the values of one quantity, one a seed."""
        return next(s.values for s in self.series if (s.network, s.quantity) == (network, quantity))


def compare(facts: Sequence[Facts], tests: Sequence[DataResult]) -> tuple[Comparison, ...]:
    """Compare every run of a network that the source printed figures of."""
    return tuple(
        comparison
        for fact in facts
        if isinstance(fact, RunFacts) and fact.network in PRINTED
        for comparison in _compare_run(fact, [test for test in tests if test.subject == fact.name])
    )


def one_pass_figures(test: DataResult) -> Iterator[tuple[Quantity, float]]:
    """Give the figures of a single pass, and where there is another pass, the entropies split by its errors too."""
    yield Quantity(Statistic.ACCURACY, test.data), test.one_pass.evaluation.scores.accuracy
    for split in (test.one_pass, test.crossed):
        if split is None:
            continue
        for statistic, group in ((Statistic.ENTROPY_RIGHT, split.right), (Statistic.ENTROPY_WRONG, split.wrong)):
            if group.mean_bits is not None:
                yield Quantity(statistic, test.data, other_pass=split is test.crossed), group.mean_bits


def _compare_run(facts: RunFacts, tests: Sequence[DataResult]) -> Iterator[Comparison]:
    seeds = msgspec.json.decode(SEEDS.read_bytes(), type=SeedFigures)
    printed = PRINTED[facts.network]
    rows = [
        _compare(facts.name, quantity, printed[same_pass], ours, seeds.values(facts.network, quantity))
        for test in tests
        for quantity, ours in one_pass_figures(test)
        if (same_pass := replace(quantity, other_pass=False)) in printed
    ]
    agreeing = {row.quantity for row in rows if row.within}
    for row in rows:
        yield replace(row, other_pass_agrees=replace(row.quantity, other_pass=True) in agreeing)


def _compare(subject: str, quantity: Quantity, printed: float, ours: float, seeds: Sequence[float]) -> Comparison:
    deviation = stdev(seeds)
    return Comparison(
        subject=subject,
        quantity=quantity,
        source=printed,
        ours=ours,
        seeds_mean=fmean(seeds),
        seeds_deviation=deviation,
        seeds=len(seeds),
        margin=prediction_margin(deviation, len(seeds)),
    )


def prediction_margin(deviation: float, count: int) -> float:
    """Give the half width of the interval around `count` values' mean that holds 95 of 100 further values.

    The prediction interval of a normal sample, t sqrt(1 + 1/n) s.
    """
    return float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * deviation * math.sqrt(1 + 1 / count)
