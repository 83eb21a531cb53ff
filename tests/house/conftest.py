"""The checkout's files, copied to where a test may build and change them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command that must succeed, and give what it printed."""

    def run_command(*command: object, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=900
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run_command


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a wheel and an editable install are made of, but for the data."""
    folder = tmp_path_factory.mktemp("house") / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "*.npz")
    for room in ("bayes_edge", "dataset", "edge_app", "export", "models", "train"):
        shutil.copytree(ROOT / room, folder / room, ignore=ignored)
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def wheel(checkout: Path, run: Run) -> Path:
    """The wheel, built without a package index."""
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", ".")
    run(*pip, cwd=checkout)
    (path,) = (checkout / "dist").iterdir()
    return path
