"""Extras are loaded when they are asked for, and an option whose extra is missing says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

PACKAGES = ("aiohttp", "argon2", "prometheus_client", "paho", "tuf", "securesystemslib")
WITHOUT = f"""
import sys
for package in {PACKAGES}:
    sys.modules[package] = None
from edge_app.__main__ import main
sys.exit(main())
"""


def test_the_app_alone_loads_no_extra() -> None:
    loaded = f"import sys, edge_app.commands.dispatch; print(sorted(set({PACKAGES}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "option", "extra"),
    [
        (["demo", "--headless", "--web"], "--web", "web"),
        (["demo", "--headless", "--mqtt", "mqtt://localhost"], "--mqtt", "mqtt"),
        (["password", "file"], "password", "web"),
        (["viewers"], "viewers", "web"),
        (["fleet", "--mqtt", "mqtt://localhost"], "--web", "web"),
        (["update", "--bundles", "folder"], "update", "fleet"),
    ],
)
def test_an_option_whose_extra_is_missing_says_what_to_install(arguments: list[str], option: str, extra: str) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"{option}: needs the extra {extra} (" in line
    assert f"pip install 'bayes-edge[{extra}]'" in line
