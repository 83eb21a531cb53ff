"""Models after public ones are exported right; all of them with `python tests/export/corpus.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SOME = ["subclass with a call of its own", "HMC samples"]


@pytest.mark.slow
def test_some_of_the_corpus_is_right_in_every_kind_that_applies() -> None:
    command = [sys.executable, Path(__file__).with_name("corpus.py"), *SOME, "--draws", "1000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 models, 4 bundles, 0 wrong, 2 refused" in done.stdout
