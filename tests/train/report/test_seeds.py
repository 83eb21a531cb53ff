"""Gathering the spread that the seed alone makes."""

from pathlib import Path

import msgspec
import pytest

from dataset import Split, load_split
from train.report import seeds
from train.report.comparison import Quantity, Statistic
from train.report.published import SEEDS, SeedFigures
from train.report.selection import CLEAN


def test_the_figures_of_every_run_are_written(plain_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = load_split("MNIST", "test")
    few = Split(data.x[:50], data.y[:50], data.onehot[:50])
    monkeypatch.setattr(seeds, "load_split", lambda *_: few)
    monkeypatch.setattr(seeds, "SEEDS", tmp_path / "seeds.json")
    again = tmp_path / "again"
    again.symlink_to(plain_run)
    assert seeds.main([str(plain_run), str(again)]) == 0
    found = msgspec.json.decode((tmp_path / "seeds.json").read_bytes(), type=SeedFigures)
    accuracies = found.values("deterministic", Quantity(Statistic.ACCURACY, CLEAN))
    assert len(accuracies) == 2
    assert accuracies[0] == accuracies[1]
    assert not any(series.quantity.other_pass for series in found.series)  # its passes do not differ


def test_five_seeds_of_every_network_are_shipped() -> None:
    shipped = msgspec.json.decode(SEEDS.read_bytes(), type=SeedFigures)
    assert {series.network for series in shipped.series} == {"deterministic", "probabilistic", "bayesian"}
    assert {len(series.values) for series in shipped.series} == {5}
