"""A sweep trains every variation with every seed, repeats nothing, and tells the spread."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.runs import RECORD, read_record
from train import held_out
from train.errors import TrainError
from train.recipes import RECIPES
from train.sweep import Sweep, main, sweep
from train.trials import FIGURES, Settings, Trial, read_findings
from train.varied import vary

Interrupted = Callable[[Callable[[], bool], Callable[[], int]], int]


def test_runs_are_kept_scored_and_not_repeated(tmp_path: Path) -> None:
    def run(seeds: int, images: int = 700) -> list[Trial]:
        recipe = RECIPES["probabilistic"]
        return sweep(Sweep(recipe, vary(recipe, ["epochs=1,4"]), range(seeds), tmp_path, images))

    one = run(1)
    assert [trial.changed for trial in one] == [{"epochs": 1}, {"epochs": 4}]
    assert one[1].nll < one[0].nll  # type: ignore[operator]
    written = {folder: (folder / RECORD).stat().st_mtime_ns for folder in tmp_path.iterdir()}
    assert all(read_record(folder).finished for folder in written)

    two = run(2)
    assert [trial for trial in two if trial.seed == 0] == one
    assert len(list(tmp_path.iterdir())) == 4
    assert {folder: (folder / RECORD).stat().st_mtime_ns for folder in written} == written

    with pytest.raises(TrainError, match=r"was trained with .* remove the folder to start anew"):
        run(1, images=600)


def test_the_worse_half_is_given_up_at_a_rung_and_the_same_command_says_so_again(tmp_path: Path) -> None:
    """Seen: the survivor, scored at its last epoch against the others at the rung, so that another one survived."""
    recipe = replace(RECIPES["deterministic"], epochs=3)
    variations = vary(recipe, ["learning_rate=0,0.001"])  # the first learns nothing
    wanted = Sweep(recipe, variations, range(1), tmp_path, images=700, rungs=[1])
    trials = sweep(wanted)
    assert [(trial.changed["learning_rate"], trial.epochs) for trial in trials] == [(0.0, 1), (0.001, 3)]
    assert trials[1].nll < trials[0].nll  # type: ignore[operator]

    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*")}
    assert sweep(wanted) == trials
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*")} == written

    with pytest.raises(TrainError, match="has 3 epochs, expected 2, for its figures then were not kept; leave out"):
        sweep(replace(wanted, variations=variations[1:], rungs=[2]))


def test_what_diverges_is_the_worst_and_keeps_nobody_from_going_on(tmp_path: Path) -> None:
    """Seen: a ValueError of the network's probabilities, and a run.json that no later sweep could read."""
    recipe = replace(RECIPES["deterministic"], epochs=2)
    one_step: Settings = {"learning_rate": 1e30, "batch": 700}  # whose loss is a number still
    wanted = Sweep(recipe, [{"learning_rate": 1e30}, one_step, {}], range(1), tmp_path, images=700, rungs=[1])
    trials = sweep(wanted)
    assert [(trial.nll is None, trial.epochs) for trial in trials] == [(True, 0), (True, 1), (False, 2)]
    assert sweep(wanted) == trials


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--images", "11"], "--images: found 11, expected 12 to 60,000, of which one in 12 is held out"),
        (["--images", "60001"], "--images: found 60,001, expected 12 to 60,000"),
        (["--rung", "1", "--rung", "5"], "--rung: found 5, expected less than the 5 epochs of a training"),
        (["--rung", "1", "--rung", "1"], "--rung: found 1, 1, expected each once; leave one out"),
        (["--rung", "2", "--vary", "epochs=2,3"], "--rung: found 2, expected less than the 2 epochs of a training"),
    ],
)
def test_what_no_sweep_can_do_is_refused_before_anything_is_trained(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen: a training, then the advice to give --holdout, which a sweep has not; a rung given twice halved twice."""
    assert main(["--model", "deterministic", "--out", str(tmp_path / "sweep"), *options]) == 1
    assert capsys.readouterr().err.startswith(f"sweep: {said}")
    assert not (tmp_path / "sweep").exists()


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
    assert held_out.main([str(tmp_path / "deterministic-seed-0")]) == 0  # which scores the same images
    assert f"NLL {found.trials[0].nll:.4f}" in capsys.readouterr().out


# Where the interrupt lands is chance: a file that was just opened is then closed by the collector, which warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
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
