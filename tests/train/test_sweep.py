"""A sweep trains every variation with every seed, repeats nothing, and tells the spread."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.runs import RECORD, read_record
from train.errors import TrainError
from train.recipes import RECIPES
from train.sweep import Sweep, main, sweep, vary
from train.trials import FIGURES, Trial, read_findings

Interrupted = Callable[[Callable[[], bool], Callable[[], int]], int]


def test_settings_are_combined_in_every_way_with_their_own_types() -> None:
    assert vary(RECIPES["lenet"], []) == [{}]
    assert vary(RECIPES["lenet"], ["outliers=0,0.1", "epochs=2"]) == [
        {"outliers": 0.0, "epochs": 2},
        {"outliers": 0.1, "epochs": 2},
    ]


@pytest.mark.parametrize(
    "setting", ["depth=3", "outliers", "epochs=2.5", "precision=float8", "mixup=-1", "outliers=nan"]
)
def test_what_is_no_setting_is_refused_in_one_line(setting: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--vary", setting]) == 1
    assert capsys.readouterr().err.startswith(f"sweep: --vary: found {setting!r}, expected ")


def test_runs_are_kept_scored_and_not_repeated(tmp_path: Path) -> None:
    def run(seeds: int, images: int = 700) -> list[Trial]:
        recipe = RECIPES["probabilistic"]
        return sweep(Sweep(recipe, vary(recipe, ["epochs=1,4"]), range(seeds), tmp_path, images))

    one = run(1)
    assert [trial.changed for trial in one] == [{"epochs": 1}, {"epochs": 4}]
    assert one[1].nll < one[0].nll
    written = {folder: (folder / RECORD).stat().st_mtime_ns for folder in tmp_path.iterdir()}
    assert all(read_record(folder).finished for folder in written)

    two = run(2)
    assert [trial for trial in two if trial.seed == 0] == one
    assert len(list(tmp_path.iterdir())) == 4
    assert {folder: (folder / RECORD).stat().st_mtime_ns for folder in written} == written

    with pytest.raises(
        TrainError,
        match="trained with other settings; repeat them, remove the folder to start anew, or choose another --out",
    ):
        run(1, images=600)


def test_the_worse_half_is_given_up_at_a_rung_and_the_better_one_goes_on(tmp_path: Path) -> None:
    recipe = replace(RECIPES["deterministic"], epochs=3)
    variations = vary(recipe, ["learning_rate=0,0.001"])  # the first learns nothing
    trials = sweep(
        Sweep(recipe, variations, range(1), tmp_path, images=700, rungs=[1, 9])
    )  # none trains longer than its recipe
    assert [(trial.changed["learning_rate"], trial.epochs) for trial in trials] == [(0.0, 1), (0.001, 3)]
    assert trials[1].nll < trials[0].nll


def test_the_command_writes_figures_and_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--model", "deterministic", "--images", "600", "--epochs", "1", "--seeds", "2", "--out", str(tmp_path)]
    assert main(arguments) == 0
    found = read_findings(tmp_path / FIGURES)
    assert (found.recipe.epochs, found.images, found.rungs) == (1, 600, ())
    assert [trial.seed for trial in found.trials] == [0, 1]
    table = (tmp_path / "sweep.md").read_text()
    assert table.count("as they are") == 4
    assert table.startswith("On the first 600 images: model deterministic, epochs 1, ")
    assert table.endswith(capsys.readouterr().out)


def test_an_interrupted_sweep_keeps_its_epochs_and_the_same_command_goes_on(
    interrupted: Interrupted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "deterministic-seed-0"
    arguments = [
        "--model",
        "deterministic",
        "--images",
        "600",
        "--epochs",
        "60",
        "--seeds",
        "1",
        "--out",
        str(tmp_path),
    ]
    status = interrupted((run / RECORD).exists, lambda: main(arguments))
    assert status == 1
    assert "interrupted; whole epochs are kept in" in capsys.readouterr().err
    kept = read_record(run)
    assert not kept.finished
    assert main(arguments) == 0
    assert read_record(run).epochs[: len(kept.epochs)] == kept.epochs
    assert len(read_findings(tmp_path / FIGURES).trials) == 1
