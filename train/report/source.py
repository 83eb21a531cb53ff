"""Sets our figures beside those that the source of the three networks printed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import msgspec
from scipy.stats import t

from train.report.results import Comparison, Crossed, DataResult, Facts, Reading
from train.report.selection import CLEAN, CORRUPTED

SEEDS = Path(__file__).with_name("seeds.json")
"""Figures of runs that differ by their seed alone, written by `python -m train.report.seeds`."""

CONFIDENCE = 0.95

SAME, OTHER = "", "another pass is "
"""Which pass decides what is right: that of the entropy, or another."""

SPLIT_REASON = (
    "the two sides differ in which pass decides what is wrong. Where that is another pass than the one whose entropy "
    "is taken, as when a network is called once for the entropies and once for the labels, the figure agrees"
)
UNEXPLAINED = "seeds do not explain it, and no other reason is known"

PRINTED: dict[str, dict[str, float]] = {
    "deterministic": {f"accuracy on {CLEAN}": 0.9732, f"accuracy on {CORRUPTED}": 0.9409},
    "probabilistic": {
        f"accuracy on {CLEAN}": 0.9736,
        f"accuracy on {CORRUPTED}": 0.9415,
        f"entropy where right on {CLEAN}": 0.102,
        f"entropy where wrong on {CLEAN}": 1.088,
        f"entropy where right on {CORRUPTED}": 0.195,
        f"entropy where wrong on {CORRUPTED}": 1.147,
    },
    "bayesian": {
        f"accuracy on {CLEAN}": 0.9636,
        f"accuracy on {CORRUPTED}": 0.9286,
        f"entropy where right on {CLEAN}": 0.122,
        f"entropy where wrong on {CLEAN}": 0.869,
        f"entropy where right on {CORRUPTED}": 0.220,
        f"entropy where wrong on {CORRUPTED}": 0.983,
    },
}
"""By network and quantity, of one stochastic pass; entropies in bits."""


class SeedFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of one pass of several runs: how they were made, and by network and quantity, one a seed."""

    command: str
    figures: dict[str, dict[str, tuple[float, ...]]]


def compare(facts: Sequence[Facts], tests: Sequence[DataResult]) -> tuple[Comparison, ...]:
    """Compare every run of a network that the source printed figures of."""
    return tuple(
        comparison
        for fact in facts
        if fact.kind == "run" and fact.network in PRINTED
        for comparison in _compare_run(fact, [test for test in tests if test.subject == fact.name])
    )


def one_pass_figures(test: DataResult) -> Iterator[tuple[str, float]]:
    """Give the figures of single passes under the names of `PRINTED`, and the entropies split by another pass."""
    yield f"accuracy on {test.data}", test.one_pass.scores.accuracy
    splits: dict[str, Reading | Crossed | None] = {SAME: test.one_pass, OTHER: test.crossed}
    for split, groups in splits.items():
        if groups is not None:
            for name, group in (("right", groups.right), ("wrong", groups.wrong)):
                if group.mean_bits is not None:
                    yield f"entropy where {split}{name} on {test.data}", group.mean_bits


def _compare_run(fact: Facts, tests: Sequence[DataResult]) -> Iterator[Comparison]:
    seeds = msgspec.json.decode(SEEDS.read_bytes(), type=SeedFigures).figures[fact.network]
    printed = PRINTED[fact.network]
    rows = [
        _compare(fact.name, quantity, printed[quantity.replace(OTHER, SAME)], ours, seeds[quantity])
        for test in tests
        for quantity, ours in one_pass_figures(test)
        if quantity.replace(OTHER, SAME) in printed
    ]
    agreeing = {row.quantity for row in rows if row.within}
    for row in rows:
        crossed = row.quantity.replace("where ", f"where {OTHER}")
        yield row if row.within else replace(row, reason=SPLIT_REASON if crossed in agreeing else UNEXPLAINED)


def _compare(subject: str, quantity: str, printed: float, ours: float, seeds: Sequence[float]) -> Comparison:
    mean, deviation = fmean(seeds), stdev(seeds)
    margin = prediction_margin(deviation, len(seeds))
    return Comparison(
        subject=subject,
        quantity=quantity,
        source=printed,
        ours=ours,
        difference=ours - printed,
        seeds_mean=mean,
        seeds_deviation=deviation,
        seeds=len(seeds),
        margin=margin,
        within=abs(printed - mean) <= margin,
        reason="",
    )


def prediction_margin(deviation: float, count: int) -> float:
    """Give the half width of the interval around `count` values' mean that holds 95 of 100 further values.

    The prediction interval of a normal sample, t sqrt(1 + 1/n) s.
    """
    return float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * deviation * math.sqrt(1 + 1 / count)
