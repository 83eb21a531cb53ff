"""No random model is accepted and wrong; CI tries 200 with `python tests/export/random_models.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from random_models import _rarely_varies

MODELS = 10


@pytest.mark.slow
def test_no_random_model_is_accepted_and_wrong() -> None:
    command = [sys.executable, Path(__file__).with_name("random_models.py"), "--models", str(MODELS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "right" in done.stdout


@pytest.mark.parametrize(("varying", "verdict"), [(2, "right"), (40, "wrong")])
def test_a_model_whose_own_draws_are_all_alike_may_vary_in_two_of_400(varying: int, verdict: str) -> None:
    """Of two groups of 400, one has all of two such draws with p = 0.5, all of 40 with p < 1e-12."""
    own = np.full((8, 400, 3), 1 / 3, np.float32)
    ours = own.copy()
    ours[5, :varying, 0] = 0.3
    assert _rarely_varies(ours, own).startswith(verdict)
