"""What sweeps found is kept, and the log is what the command writes."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.runtime.files import write_json
from train import trials
from train.recipes import RECIPES
from train.trials import FIGURES, LOG, SWEEPS, Findings, Trial, describe, main, read_findings, tabulate, write_log

FOUND = Findings(
    RECIPES["lenet"],
    images=None,
    rungs=(1, 3),
    trials=tuple(Trial({"outliers": 0.1}, seed, 15, 0.02 + 0.01 * seed, 0.3, 0.99, 0.9, 60) for seed in range(2)),
)


def test_the_table_tells_mean_and_deviation_between_seeds() -> None:
    rows = tabulate(FOUND.trials).splitlines()
    assert len(rows) == 2 + 2 + 2
    assert rows[4].startswith("| outliers 0.1 | mean | 15 | 0.0250 |")
    assert rows[5].startswith("| outliers 0.1 | deviation | 15 | 0.0071 |")


def test_what_diverged_has_no_figures_and_its_variation_has_none() -> None:
    lost = Trial({"outliers": 0.1}, 2, 3, None, None, None, None, 12)
    rows = tabulate([*FOUND.trials, lost]).splitlines()
    assert rows[4] == "| outliers 0.1 | 2, diverged | 3 | - | - | - | - | 12 |"
    assert rows[5] == "| outliers 0.1 | mean | 15 | - | - | - | - | 44 |"


def test_what_was_not_varied_is_said() -> None:
    """Seen: a sweep of bfloat16 that says precision float32."""
    said = describe(FOUND)
    assert said.startswith("On all images, the worse half given up after 1 and 3 epochs: model lenet, epochs 100, ")
    assert "optimiser adam" in said
    assert "extra" not in said
    assert "taught" not in said
    assert "outliers" not in said  # it was varied
    assert "mixup" not in said  # there was none
    taught = replace(FOUND, recipe=replace(FOUND.recipe, teacher="abc", taught=0.7))
    assert "teacher abc, taught 0.7" in describe(taught)


def test_sweeps_are_taken_in_and_the_log_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trials, "SWEEPS", tmp_path / "kept")
    monkeypatch.setattr(trials, "LOG", tmp_path / "log.md")
    (tmp_path / "kept").mkdir()
    for name in ("wide", "deep"):
        (tmp_path / name).mkdir()
        write_json(tmp_path / name / FIGURES, FOUND)
        assert main([str(tmp_path / name)]) == 0
    assert read_findings(tmp_path / "kept" / "wide.json") == FOUND
    assert (tmp_path / "log.md").read_text() == write_log({"deep": FOUND, "wide": FOUND})
    (tmp_path / "deep" / FIGURES).write_text("[]")
    assert main([str(tmp_path / "deep")]) == 1
    assert "sweep.json: is not what a sweep found (" in capsys.readouterr().err


def test_no_sweep_takes_the_place_of_another_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen: the first of two folders of one name silently replaced by the second."""
    monkeypatch.setattr(trials, "SWEEPS", tmp_path)
    monkeypatch.setattr(trials, "LOG", tmp_path / "log.md")
    folders = [str(tmp_path / parent / "sweep") for parent in "ab"]
    for folder, images in zip(folders, (600, 700), strict=True):
        Path(folder).mkdir(parents=True)
        write_json(Path(folder) / FIGURES, replace(FOUND, images=images))
    assert main(folders) == 1
    assert "b/sweep: found another sweep of that name, expected names that differ; " in capsys.readouterr().err
    assert not (tmp_path / "sweep.json").exists()
    assert main(folders[:1]) == main(folders[:1]) == 0
    assert main(folders[1:]) == 1
    assert "sweep.json holds other figures; rename the folder, or remove that file first" in capsys.readouterr().err
    assert read_findings(tmp_path / "sweep.json").images == 600


def test_the_log_is_that_of_the_sweeps_that_are_kept() -> None:
    assert LOG.read_text() == write_log({path.stem: read_findings(path) for path in sorted(SWEEPS.glob("*.json"))})
