"""Whether a bundle on trial warns far more than the one before."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.updates.judge import BOUND, ENOUGH, REMEMBERED, Verdict, allowed_share, count, judge, upper_bound
from edge_app.updates.shelf import Warned


@pytest.mark.parametrize("digits", [1, 10, 100, 1999])
def test_the_bound_of_none_warned_is_the_closed_form(digits: int) -> None:
    assert upper_bound(Warned(digits, 0)) == pytest.approx(1 - (1 - BOUND) ** (1 / digits), abs=2e-6)


def test_after_few_digits_much_is_allowed_and_never_everything() -> None:
    shares = [allowed_share(Warned(digits, digits // 20)) for digits in (0, 20, 200, 1980)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 0.9
    assert shares[-1] < 2 * 0.062


def run(rng: np.random.Generator, share: float, before: Warned) -> Verdict:
    """One trial; a bundle warns of so large a share."""
    read = Warned()
    while True:
        read = count(read, warned=bool(rng.random() < share))
        if read.digits % 5 == 0 and (verdict := judge(read, before)) is not Verdict.OPEN:
            return verdict


@pytest.mark.slow
def test_a_bundle_that_warns_as_before_stays_and_one_that_warns_far_more_goes_back() -> None:
    rng = np.random.default_rng(0)
    before = Warned(1000, 50)
    verdicts = [run(rng, 0.05, before) for _ in range(60)]
    assert verdicts == [Verdict.PASSED] * 60
    verdicts = [run(rng, 0.4, before) for _ in range(20)]
    assert verdicts == [Verdict.WARNS_FAR_MORE] * 20


def test_one_that_warns_of_everything_goes_back_even_where_nothing_was_read_before() -> None:
    assert judge(Warned(ENOUGH - 1, ENOUGH - 1), Warned()) is Verdict.WARNS_FAR_MORE


def test_old_digits_are_forgotten_by_half() -> None:
    assert count(Warned(REMEMBERED - 1, 100), warned=False) == Warned(REMEMBERED // 2, 50)
