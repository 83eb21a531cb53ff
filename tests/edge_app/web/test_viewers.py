"""The command that measures what viewers cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest


@pytest.mark.slow
def test_each_number_of_viewers_has_its_line(run_app: Callable[..., CompletedProcess[str]]) -> None:
    done = run_app("viewers", "--frames", "4", "--rounds", "1")
    assert done.returncode == 0
    *rows, last = done.stdout.splitlines()
    assert [row[:12].rstrip() for row in rows] == ["no page", "0 viewers", "1 viewers", "10 viewers"]
    for row in rows:
        assert re.search(r" [\d.]+ frames/s \([\d.]+ of no page\), p95 [\d.]+ ms, [\d.]+ ms of processor time", row)
    assert re.fullmatch(r"\d+ MB resident; the page stopped within [\d.]+ s with viewers connected", last)
