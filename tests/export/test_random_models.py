"""No random model is accepted and wrong; CI tries 200 with `python tests/export/random_models.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODELS = 10


@pytest.mark.slow
def test_no_random_model_is_accepted_and_wrong() -> None:
    command = [sys.executable, Path(__file__).with_name("random_models.py"), "--models", str(MODELS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "right" in done.stdout
