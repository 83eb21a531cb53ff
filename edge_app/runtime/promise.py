"""Tests a bundle's promise on readings without a warning that somebody labelled, one after another.

A bettor stakes a capital of 1 against "at most so many of them are wrong". While that holds, her capital is no larger
than 1 on average at any time, and exceeds 1 / alpha with a probability of at most alpha however long one looks (Ville
1939; testing by betting: Waudby-Smith and Ramdas 2024, arXiv 2010.09686). The readings must be drawn at random: if
people label what looks wrong to them, the test says nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

RATES: Final = np.array([2.0, 4.0, 16.0])
"""Error rates that a third of the capital each is bet on, as multiples of the promised risk."""


@dataclass(frozen=True, slots=True)
class PromiseVerdict:
    """What was found so far.

    Attributes:
        labelled: how many readings.
        wrong: how many of them were wrong.
        log10_evidence: the capital, as a power of ten.
        broken_at: after how many readings the promise was found to be broken; None when it was not. It stays so.
    """

    labelled: int
    wrong: int
    log10_evidence: float
    broken_at: int | None


class PromiseTest:
    """Bets that more readings are wrong than was promised."""

    def __init__(self, target_risk: float, confidence: float) -> None:
        """Start with a capital of 1.

        Args:
            target_risk: the share of wrong ones that was promised at most.
            confidence: 1 less the probability of finding a promise broken that is kept.
        """
        rates = np.minimum(RATES * target_risk, (1.0 + target_risk) / 2)
        self._bets = np.log((1.0 - rates) / (1.0 - target_risk)), np.log(rates / target_risk)
        self._log_limit = -math.log(1.0 - confidence)
        self._log_capital = np.full(len(RATES), -math.log(len(RATES)))
        self._labelled = self._wrong = 0
        self._broken_at: int | None = None

    @property
    def verdict(self) -> PromiseVerdict:
        """What was found so far."""
        evidence = float(np.logaddexp.reduce(self._log_capital)) / math.log(10.0)
        return PromiseVerdict(self._labelled, self._wrong, evidence, self._broken_at)

    def observe(self, *, wrong: bool) -> None:
        """Take in one more labelled reading that carried no warning."""
        self._labelled += 1
        self._wrong += wrong
        self._log_capital = self._log_capital + self._bets[wrong]
        if self._broken_at is None and np.logaddexp.reduce(self._log_capital) >= self._log_limit:
            self._broken_at = self._labelled

    def needed(self, risk: float) -> int | None:
        """Say about how many labelled readings it takes to find the promise broken if this share of them is wrong.

        None for a share that it would never find.
        """
        growth = float(((1.0 - risk) * self._bets[0] + risk * self._bets[1]).max())
        return math.ceil((self._log_limit + math.log(len(RATES))) / growth) if growth > 0 else None
