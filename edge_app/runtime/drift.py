"""Notices that the digits of a stream are unlike those that a bundle was calibrated on.

A conformal test martingale (Vovk, Nouretdinov and Gammerman 2003; Vovk et al. 2021, arXiv 2102.10439). As long as
calibration scores and stream are exchangeable, its p-values are independent and uniform, and a bettor against that
multiplies a capital of 1 by 1,000 at any time with a probability of at most 1 in 1,000 (Ville 1939).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

POWERS: Final = np.array([0.5, 0.75, 1.0])
"""Three bettors: kappa multiplies its capital by kappa p^(kappa - 1), so that the first two bet on small p-values,
those of larger scores, and the last never bets. Nobody bets on large ones: digits that are clearer than the
calibration's are no reason for an alarm."""
TOLERANCE: Final = 1.2
"""No alarm is owed to doubt that is so many times as frequent as among the calibration's digits: MNIST's own test
digits differ from its training digits by as much."""
JUMP: Final = 0.01
"""Share of the capital that is shared out among the bettors anew before each digit."""
FALSE_ALARM_RATE: Final = 1e-3
EDGES: Final = 2.0 ** np.arange(-24.0, 3.0, 0.5)
"""Upper ends of all bins but the last, in bits: a sure digit's entropy is a millionth of a doubtful one's."""


BINS: Final = len(EDGES) + 1


@dataclass(frozen=True, slots=True)
class Drift:
    """What a monitor has found so far.

    Attributes:
        digits: how many scores were taken in.
        log10_evidence: capital of the bettor against exchangeability, as a power of ten: 3 is a capital of 1,000.
        alarmed_at: after how many scores the alarm was raised; None when it was not. An alarm stays.
    """

    digits: int
    log10_evidence: float
    alarmed_at: int | None


def count_scores(scores: NDArray[np.floating]) -> tuple[int, ...]:
    """Count calibration scores in the fixed bins, 55 of them: what a bundle carries of them.

    The bins depend on no score, so that binned scores are as exchangeable as the scores are: the test stays exact,
    however coarse they are.

    Args:
        scores: total entropies in bits, float [N], each at least 0.

    Raises:
        ValueError: there is no score, or one is negative or no number.
    """
    if len(scores) == 0 or not (scores >= 0).all():
        raise ValueError(f"scores: found {len(scores)}, or one below 0; expected at least 1, each at least 0")
    return tuple(np.bincount(np.searchsorted(EDGES, scores), minlength=BINS).tolist())


class DriftMonitor:
    """Bets that scores are larger than if they were drawn like the calibration scores.

    The simple jumper (Vovk et al. 2021, algorithm 1) over power bets (Vovk, Nouretdinov and Gammerman 2003), with a
    little capital moved among the bettors at every step, so that a change that comes late is found as well. P-values
    are multiplied by the tolerance first, which makes none of them smaller: what holds without it holds with it.
    """

    def __init__(self, reference: Sequence[int], *, seed: int, false_alarm_rate: float = FALSE_ALARM_RATE) -> None:
        """Start with a capital of 1.

        Args:
            reference: the bundle's calibration scores, as `count_scores` counts them.
            seed: of the random numbers that break ties.
            false_alarm_rate: probability of an alarm at any time, however long the stream, when nothing has changed.

        Raises:
            ValueError: the rate is not between 0 and 1, or there are not as many counts as bins.
        """
        if len(reference) != BINS:
            raise ValueError(f"reference: found {len(reference)} counts, expected {BINS}")
        if not 0 < false_alarm_rate < 1:
            raise ValueError(f"false alarm rate: found {false_alarm_rate}, expected a number above 0 and below 1")
        self._digits = 0
        self._alarmed_at: int | None = None
        self._counts = np.array(reference, np.int64)
        self._rng = np.random.default_rng(seed)
        self._log_limit = -float(np.log(false_alarm_rate))
        self._log_capital = 0.0
        self._shares = np.full(len(POWERS), 1.0 / len(POWERS))

    @property
    def drift(self) -> Drift:
        """What was found so far."""
        return Drift(self._digits, self._log_capital / float(np.log(10.0)), self._alarmed_at)

    def observe(self, score: float) -> None:
        """Take in the score of one more digit: one a followed digit, since the frames of one are not exchangeable."""
        self._digits += 1
        p = self._p_value(int(np.searchsorted(EDGES, score)))
        shares = (1.0 - JUMP) * self._shares + JUMP / len(POWERS)
        grown = shares * POWERS * min(1.0, TOLERANCE * p) ** (POWERS - 1.0)
        growth = float(grown.sum())
        self._shares = grown / growth
        self._log_capital += float(np.log(growth))
        if self._alarmed_at is None and self._log_capital >= self._log_limit:
            self._alarmed_at = self._digits

    def _p_value(self, bin_: int) -> float:
        """Give the share of all scores so far that are larger, ties broken at random: uniform on (0, 1]."""
        self._counts[bin_] += 1
        larger = int(self._counts[bin_ + 1 :].sum())
        return float((larger + (1.0 - self._rng.random()) * self._counts[bin_]) / self._counts.sum())
