"""A figure that the source printed, beside ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Statistic(StrEnum):
    """What the source printed of one stochastic pass; mean entropies are in bits."""

    ACCURACY = "accuracy"
    ENTROPY_RIGHT = "entropy where right"
    ENTROPY_WRONG = "entropy where wrong"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One statistic on one test set.

    Attributes:
        statistic: which.
        data: the test set.
        other_pass: whether right and wrong are those of another pass than the one whose entropy is taken.
    """

    statistic: Statistic
    data: str
    other_pass: bool = False

    def __str__(self) -> str:
        """Say what is compared."""
        statistic = self.statistic.value
        if self.other_pass:
            statistic = statistic.replace("where ", "where another pass is ")
        return f"{statistic} on {self.data.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One printed figure of the source beside ours, both of one stochastic pass.

    Attributes:
        subject: the run's name.
        quantity: what is compared.
        source: what the source printed.
        ours: what this run gives.
        seeds_mean: mean over runs that differ by their seed alone.
        seeds_deviation: their standard deviation.
        seeds: number of those runs.
        margin: 95 of 100 further seeds lie within seeds_mean plus or minus this.
        other_pass_agrees: whether the same figure with right and wrong from another pass is within.
    """

    subject: str
    quantity: Quantity
    source: float
    ours: float
    seeds_mean: float
    seeds_deviation: float
    seeds: int
    margin: float
    other_pass_agrees: bool = False

    @property
    def difference(self) -> float:
        """Ours less the source's."""
        return self.ours - self.source

    @property
    def within(self) -> bool:
        """Whether the source's figure is one that a further seed may give."""
        return abs(self.source - self.seeds_mean) <= self.margin
