"""Whether a bundle on trial warns far more than the one before: a test at any time, on digits counted once each."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from edge_app.runtime.promise import PromiseTest
from edge_app.runtime.recheck import binomial_tail
from edge_app.updates.shelf import Warned

FAR_MORE: Final = 2.0
"""A bundle goes back that is shown to warn of more than so many times as many digits as the one before."""
HIGHEST: Final = 0.9
"""And in any case one that is shown to warn of more than this share."""
CONFIDENCE: Final = 0.999
"""Of such a verdict, however often it is looked at (Ville 1939; see `edge_app.runtime.promise`)."""
BOUND: Final = 0.95
"""Confidence of the bound on the share that the one before warned of."""
ENOUGH: Final = 200
"""Digits after which the trial has been passed."""
REMEMBERED: Final = 2000
"""Digits from which on older ones are forgotten, by half."""


class Verdict(Enum):
    """What digits say of a bundle on trial."""

    OPEN = auto()
    PASSED = auto()
    WARNS_FAR_MORE = auto()


def judge(read: Warned, before: Warned) -> Verdict:
    """Hold what a bundle on trial read against what the one before read."""
    test = PromiseTest(allowed_share(before), CONFIDENCE)
    for warned in [False] * (read.digits - read.warned) + [True] * read.warned:
        test.observe(wrong=warned)
    if test.verdict.broken_at is not None:
        return Verdict.WARNS_FAR_MORE
    return Verdict.PASSED if read.digits >= ENOUGH else Verdict.OPEN


def allowed_share(before: Warned) -> float:
    """Give the share of digits that a bundle may warn of, after one that read these: large where these are few."""
    upper = upper_bound(before)
    return min(FAR_MORE * upper, (1.0 + upper) / 2, HIGHEST)


def upper_bound(read: Warned) -> float:
    """Bound the share of warned digits from above (Clopper and Pearson 1934), to 1e-6."""
    if read.warned == read.digits:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if binomial_tail(read.warned, read.digits, middle) > 1.0 - BOUND:
            low = middle
        else:
            high = middle
    return high


def count(read: Warned, *, warned: bool) -> Warned:
    """Count one more digit."""
    more = Warned(read.digits + 1, read.warned + warned)
    return more if more.digits < REMEMBERED else Warned(more.digits // 2, more.warned // 2)
