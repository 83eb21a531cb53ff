"""What is left of a bundle's promise: counted by hand on made-up predictions, then run on the shipped bundle."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import corruptions
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.prediction import Predictions, Thresholds, predict_batch
from train.evaluate.photographs import read_photographs
from train.promise import count_warnings, main

PHOTOGRAPHS = Path(__file__).parents[3] / "shared" / "photos"


def prediction(means: list[list[float]]) -> Predictions:
    """One sample an image; unsure above 0.9 bits, label sets of classes of at least 0.4."""
    p: NDArray[np.float64] = np.array(means)[:, None]
    return predict_batch(p, Thresholds(entropy_bits=0.9, conformal=0.6))


def test_warnings_of_what_is_no_digit_are_counted() -> None:
    """An empty label set is a warning of something unfamiliar; a half-and-half one, of something ambiguous."""
    warnings = count_warnings(prediction([[0.9, 0.1, 0], [0.5, 0.5, 0], [0.34, 0.33, 0.33], [0.3, 0.35, 0.35]]))
    assert (warnings.images, warnings.warned, warnings.unfamiliar) == (4, 0.75, 0.5)


@pytest.mark.slow
def test_command_measures_the_shipped_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corruptions, "NAMES", ("identity", "spatter", "fog"))
    np.save(tmp_path / "x_train.npy", np.zeros((5, 28, 28), np.uint8))
    np.save(tmp_path / "y_train.npy", np.arange(5))
    assert main(["--limit", "200", "--extra", str(tmp_path), "--json", str(tmp_path / "promise.json")]) == 0
    figures = json.loads((tmp_path / "promise.json").read_text())
    clean, spatter = figures["clean"], figures["corrupted"]["spatter"]
    assert figures["corrupted"].keys() == {"spatter", "fog"}
    assert clean["counts"]["images"] == spatter["counts"]["images"] == 200
    assert clean["scores"]["accuracy"] == clean["counts"]["right"] / 200 > 0.95
    assert clean["counts"]["warned"] < spatter["counts"]["warned"] + 10
    assert figures["not_digits"].keys() >= {"letters", "blank paper"}
    assert figures["photographs"] is None
    assert figures["extra"]["counts"]["images"] == 5
    out = capsys.readouterr().out
    assert str(DEFAULT_BUNDLE) in out
    rows = {line.split("  ")[0]: line.split() for line in out.splitlines() if line}
    assert rows["corruptions together"][2] == "400"
    assert rows["those unseen alone"][3] == "200"
    assert rows["MNIST_corrupted/spatter*"][2] == f"{spatter['scores']['accuracy']:.4f}"


def test_bundle_that_is_missing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bundle", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith(f"promise: {tmp_path / 'none'}")


@pytest.mark.skipif(not PHOTOGRAPHS.is_dir(), reason="the optional photographs are not there")
def test_photographs_are_read() -> None:
    photographs = read_photographs(PHOTOGRAPHS)
    assert photographs.images.shape == (109, 28, 28, 1)
    assert set(photographs.labels) == set(range(1, 10))
    blank = (photographs.images == 1).all(axis=(1, 2, 3))
    assert blank.mean() < 0.05
