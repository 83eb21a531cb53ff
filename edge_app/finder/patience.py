"""When to leave off: a frame is read in bounded time, however much is on it.

Each step has until a share of the time is over, so that what the steps before it found gets through all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Final, TypeAlias, TypeVar

T = TypeVar("T")

Spent: TypeAlias = Callable[[float], bool]
"""Tells whether a share of the time is over; asked between small pieces of work. What it raises ends the search."""

TRACING: Final = 0.5
PARTING: Final = 0.6
JOINING: Final = 0.7
TELLING: Final = 0.8
CUTTING: Final = 1.0
"""Shares of the time after which a step leaves off: outlining ink, parting, joining, telling digits, cutting out."""


def never(share: float) -> bool:  # noqa: ARG001 - whatever the share
    """Take all the time that it needs."""
    return False


def while_time(items: Iterable[T], spent: Spent, share: float) -> Iterator[T]:
    """Give one item after the other until a share of the time is over."""
    return takewhile(lambda _: not spent(share), items)
