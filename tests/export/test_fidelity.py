"""Distances to the posterior are those to infinitely many draws, and draws themselves are as far as they must be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dataset import corrupt_seen, corruptions, load_split
from edge_app.options import DEFAULT_BUNDLE
from export import fidelity
from export.distance import Distance, mean_distance


def test_errors_that_are_independent_add_in_squares() -> None:
    assert Distance(5, 13, 0.5).without(Distance(3, 5, 0.6)) == Distance(4, 12, 0)
    assert mean_distance([Distance(1, 2, 3), Distance(3, 4, 6)]) == Distance(2, 3, 4.5)
    assert Distance(1, 2, 3).scaled(0.5) == Distance(0.5, 1, 1.5)


def test_draws_are_told_from_the_reference_by_their_own_number_alone() -> None:
    """A mean of 200 draws misses the exact one by sqrt(N / 200) as much as a mean of N, and points as much as draws."""
    rng = np.random.default_rng(0)
    many = 1800
    drawn = rng.dirichlet(np.ones(4), (30, fidelity.SETS * fidelity.FEW + many)).astype(np.float32)
    found = fidelity.hold("fog", rng.dirichlet(np.ones(4), (30, fidelity.FEW)).astype(np.float32), drawn)
    assert found.images == "fog"
    assert found.noise.total_variation / found.draws.total_variation == pytest.approx(1 / 3, rel=0.2)
    assert found.moments.total_variation / found.draws.total_variation == pytest.approx(1, rel=0.3)


def test_a_graph_that_is_off_by_much_is_so_far_off() -> None:
    drawn = np.broadcast_to(np.float32([0.7, 0.3]), (5, fidelity.SETS * fidelity.FEW + 400, 2))
    found = fidelity.hold("fog", np.broadcast_to(np.float32([0.6, 0.4]), (5, 200, 2)), drawn)
    assert found.moments.total_variation == pytest.approx(0.1, abs=1e-6)
    assert found.draws.total_variation == found.noise.total_variation == 0


def test_a_corruption_is_drawn_on_what_the_networks_see() -> None:
    clean = load_split("MNIST", "train").x[:3]
    np.testing.assert_array_equal(corrupt_seen(clean, "identity"), clean)
    seen = corrupt_seen(clean, "stripe")
    assert seen.dtype == np.float32
    np.testing.assert_array_equal(seen, 1 - np.rint(255 * (1 - seen)) / np.float32(255))
    assert np.abs(seen - clean).mean() > 0.1


@pytest.mark.slow
def test_the_command_says_all_sets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corruptions, "NAMES", corruptions.NAMES[:3])  # a minute less than all fifteen
    path = tmp_path / "fidelity.json"
    assert fidelity.main(["--images", "1", "--draws", "400", "--json", str(path)]) == 0
    rows = json.loads(path.read_text())
    assert [row["images"] for row in rows] == ["clean", *corruptions.NAMES[1:]]
    assert np.mean([row["moments"]["total_variation"] for row in rows]) < 0.02
    table = capsys.readouterr().out
    assert all(row["images"] in table for row in rows)


def test_too_few_draws_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert fidelity.main([str(DEFAULT_BUNDLE), "--images", "1", "--draws", "100"]) == 1
    assert "draws: found 100, expected at least 400" in capsys.readouterr().err
