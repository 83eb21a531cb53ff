"""The warning's promise on whole pages."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.manifest import CalibratedOn
from export.calibrate import binomial_upper_bound
from export.calibrate_pages import calibrate_on_pages, main


def test_the_threshold_keeps_the_promise_for_every_box() -> None:
    rng = np.random.default_rng(0)
    doubt = rng.uniform(0, 2, 6000)
    wrong = rng.random(6000) < 0.1 * (doubt / 2) ** 3
    rule = msgspec.structs.replace(load_bundle(DEFAULT_BUNDLE).manifest.warning, threshold_bits=2.0)
    found = calibrate_on_pages(rule, doubt, wrong)
    kept = doubt <= found.threshold_bits
    assert binomial_upper_bound(int(wrong[kept].sum()), int(kept.sum()), 0.05) <= rule.target_risk
    assert kept.sum() > 1000
    assert (found.calibrated_on, found.images) == (CalibratedOn.PAGES, 6000)


def test_what_is_always_warned_of_counts_for_nothing_and_the_threshold_never_rises() -> None:
    rule = load_bundle(DEFAULT_BUNDLE).manifest.warning
    doubt = np.concatenate([np.zeros(3000), np.full(500, np.inf)])
    wrong = np.isinf(doubt)
    assert calibrate_on_pages(rule, doubt, wrong).threshold_bits == pytest.approx(0)
    sure = calibrate_on_pages(rule, np.full(3000, 3.0), np.zeros(3000, bool))
    assert sure.threshold_bits == rule.threshold_bits


@pytest.mark.slow
def test_the_command_writes_what_was_promised_on_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(DEFAULT_BUNDLE, tmp_path / "digits")
    assert main([str(tmp_path / "digits"), "--pages", "1"]) == 0
    warning = load_bundle(tmp_path / "digits").manifest.warning
    assert warning.calibrated_on is CalibratedOn.PAGES
    assert "boxes on generated pages" in capsys.readouterr().out
