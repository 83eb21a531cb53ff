"""How soon drift is noticed: on made-up scores, then with the shipped bundle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dataset import corruptions
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.drift import count_scores
from train.drift import Delays, main, measure_delays


def test_what_comes_at_once_is_noticed_sooner_than_what_comes_slowly_and_nothing_never() -> None:
    rng = np.random.default_rng(0)
    reference = count_scores(rng.lognormal(size=2000))
    clean, changed = rng.lognormal(size=500), rng.lognormal(1.0, size=500)
    at_once = measure_delays(reference, clean, changed, streams=5, slowly=1)
    slowly = measure_delays(reference, clean, changed, streams=5, slowly=1000)
    assert at_once.noticed == slowly.noticed == 5
    assert at_once.median is not None
    assert slowly.median is not None
    assert at_once.median < slowly.median
    assert measure_delays(reference, clean, clean, streams=5, slowly=1) == Delays(5, 0, 0, None, None)


@pytest.mark.slow
def test_the_command_measures_the_shipped_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_bundle(DEFAULT_BUNDLE).manifest.entropy_counts
    monkeypatch.setattr(corruptions, "NAMES", ("identity", "zigzag"))
    assert main(["--limit", "500", "--streams", "3", "--clean", "10", "--json", str(tmp_path / "drift.json")]) == 0
    figures = json.loads((tmp_path / "drift.json").read_text())
    assert figures["false_alarms"] == figures["test_alarms"] == 0
    assert figures["at_once"]["zigzag"]["noticed"] == 3
    assert figures["photographs"] is None
    assert "zigzag, at once" in capsys.readouterr().out
