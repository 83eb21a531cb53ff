"""Checks of readings: digits drawn at random, that viewers say what they are, test the bundle's promise."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from typing import Final

import msgspec

from edge_app.board import SeenDigit
from edge_app.runtime.manifest import WarningRule
from edge_app.runtime.promise import PromiseTest

FOR_EXAMPLE: Final = 4
"""It is told how many checks would show that this many times the promised risk are wrong."""


class CheckState(msgspec.Struct, frozen=True):
    """What checks have shown: how many there were, how many found a wrong reading, when the promise was found broken.

    `says` tells it in words.
    """

    checked: int
    wrong: int
    broken_at: int | None
    says: str


class Checks:
    """One question at a time, and the test of the answers."""

    def __init__(self, warning: WarningRule, before: Iterable[bool]) -> None:
        """Begin without a question.

        Args:
            warning: what the bundle promises.
            before: whether the reading was wrong, for each check of earlier runs.
        """
        self._warning = warning
        self._test = PromiseTest(warning.target_risk, warning.confidence)
        for wrong in before:
            self._test.observe(wrong=wrong)
        self._lock = threading.Lock()
        self._question: SeenDigit | None = None
        self._asked: set[int] = set()

    def ask(self, unwarned: Iterable[SeenDigit]) -> SeenDigit | None:
        """Draw one of these digits, none of which carries a warning; None without a fresh one.

        It stays the question until it is answered, so that nobody can pick among several.
        """
        with self._lock:
            if self._question is None:
                fresh = [seen for seen in unwarned if seen.track not in self._asked]
                self._question = random.choice(fresh) if fresh else None
            return self._question

    def take(self, track: int) -> SeenDigit | None:
        """Give the question as it was drawn if it is about this track, and ask no more; None if it is about another."""
        with self._lock:
            if self._question is None or self._question.track != track:
                return None
            question, self._question = self._question, None
            self._asked.add(track)
            return question

    def count(self, *, wrong: bool) -> None:
        """Count an answer."""
        with self._lock:
            self._test.observe(wrong=wrong)

    @property
    def state(self) -> CheckState:
        """What was shown so far."""
        with self._lock:
            found = self._test.verdict
        risk = self._warning.target_risk
        says = f"{found.labelled} checked, {found.wrong} wrong"
        needed = self._test.needed(FOR_EXAMPLE * risk)
        if found.broken_at is not None:
            says += f"; the promise of at most {100 * risk:g} % is broken, as {found.broken_at} checks showed"
        elif needed is not None:
            example, promised = (f"{100 * share:g} %" for share in (FOR_EXAMPLE * risk, risk))
            says += f"; some {needed} would show it if {example} were wrong, where at most {promised} is promised"
        return CheckState(found.labelled, found.wrong, found.broken_at, says)
