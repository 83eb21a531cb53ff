"""Every dependency has its lower bound, its pins, and a line that says what it is for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = sum((EXTRAS[name] for name in ("train", "web", "mqtt", "sign", "fleet", "cluster")), PROJECT["dependencies"])
"""Whose lower bounds `make test-lowest` tests."""
INSTALLED = NEEDED + EXTRAS["dev"] + EXTRAS["mutate"]
"""What make installs."""


def split(dependency: str) -> tuple[str, str]:
    name, _, bound = dependency.partition(">=")
    return name.partition("[")[0], bound  # a constraint has no extras


def pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text().splitlines()
    found = (line.split("==") for line in lines if not line.startswith("#"))
    return {re.sub("[_.]", "-", name).lower(): version for name, version in found}


@pytest.mark.parametrize("dependency", sorted({*INSTALLED, *EXTRAS["bench"]}))
def test_a_dependency_has_a_lower_bound_and_says_what_it_is_for(dependency: str) -> None:
    name, bound = split(dependency)
    assert re.fullmatch(r"[0-9.]+", bound)
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("## Dependencies")[2]
    assert re.search(rf"^\|[^|]*\b{re.escape(name)}\b[^|]*\| \S", table, re.MULTILINE)


@pytest.mark.parametrize("dependency", sorted(INSTALLED))
def test_what_make_installs_is_pinned(dependency: str) -> None:
    assert split(dependency)[0] in pins("constraints.txt")


# setuptools builds the project: any version that may build it may test it.
@pytest.mark.parametrize("dependency", [needed for needed in sorted(NEEDED) if split(needed)[0] != "setuptools"])
def test_the_lower_bound_is_the_version_that_test_lowest_installs(dependency: str) -> None:
    name, bound = split(dependency)
    lowest = pins("constraints-lowest.txt")[name]
    assert lowest == bound or lowest.startswith(f"{bound}.")


def test_nothing_else_is_pinned_at_the_lowest() -> None:
    assert set(pins("constraints-lowest.txt")) <= {split(dependency)[0] for dependency in INSTALLED}
