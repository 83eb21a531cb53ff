"""What several tests of the app need: a page of digits, the shipped bundle, and the program itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.classifier import Classifier
from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import open_classifier
from edge_app.sources.open import DEMO
from edge_app.speed import demo_frame

RunApp = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def page() -> NDArray[np.uint8]:
    """A page with three digits, 640 x 480."""
    return demo_frame()


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return open_classifier(DEFAULT_BUNDLE, threads=1)


@pytest.fixture(scope="session")
def clip() -> Path:
    return DEMO


@pytest.fixture
def picture(tmp_path: Path, page: NDArray[np.uint8]) -> Path:
    path = tmp_path / "page.png"
    cv2.imwrite(str(path), page)
    return path


@pytest.fixture
def run_app() -> RunApp:
    """Run `python -m edge_app` as a user does."""

    def run(*arguments: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "edge_app", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)

    return run
