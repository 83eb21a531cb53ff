"""Ways to share passes among runs are scored alike, each group of runs with a temperature of its own."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_app.runtime.prediction import temper
from export.calibrate import fit_temperature
from export.mixtures import Rival, Samples, main, score_groups, tabulate
from models.runs import PRETRAINED, load_run, save_run

HELD_OUT = 3000
TESTED = 40


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 10, HELD_OUT)


@pytest.fixture(scope="module")
def runs(labels: np.ndarray) -> list[Samples]:
    """What five networks give in six passes each: on held-out images, on others, and on those under two changes."""
    return [
        tuple(
            _overcautious(labels[:count], noise, seed)
            for count, noise in ((HELD_OUT, 1), (TESTED, 1), (TESTED, 2), (TESTED, 4))
        )
        for seed in range(5)
    ]


def _overcautious(labels: np.ndarray, noise: float, seed: int) -> np.ndarray:
    logits = 3 * np.eye(10)[labels][:, None] + noise * np.random.default_rng(seed).normal(size=(len(labels), 6, 10))
    powers = np.exp(logits / 2)
    return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)


def test_figures_are_those_of_the_pooled_samples(runs: list[Samples], labels: np.ndarray) -> None:
    rival = score_groups("posterior", runs, 2, labels, labels[:TESTED])
    assert rival.name == "2 posteriors x 3"
    assert len(rival.repetitions) == 2  # The fifth run is in no group.
    held_out, clean, *shifted = (np.concatenate([a[:, :3], b[:, :3]], axis=1) for a, b in zip(*runs[2:4], strict=True))
    found = rival.repetitions[1]
    assert found.temperature == fit_temperature(held_out, labels) < 1
    mean = temper(clean, found.temperature).mean(axis=1)
    assert found.clean.scores.nll == pytest.approx(-np.log(mean[np.arange(TESTED), labels[:TESTED]]).mean(), rel=1e-6)
    before = -np.log(clean.mean(axis=1)[np.arange(TESTED), labels[:TESTED]]).mean()
    assert found.clean_nll == pytest.approx(before, rel=1e-6)
    assert found.clean.scores.nll < found.clean_nll
    for evaluation, samples in zip(found.shifted, shifted, strict=True):
        read = temper(samples, found.temperature).mean(axis=1).argmax(axis=1)
        assert evaluation.scores.accuracy == (read == labels[:TESTED]).mean()


def test_the_table_has_a_line_for_each_way_and_the_spread_between_repetitions(
    runs: list[Samples], labels: np.ndarray
) -> None:
    rivals: list[Rival] = [score_groups("network", runs, size, labels, labels[:TESTED]) for size in (1, 5)]
    head, _, alone, together = tabulate(rivals).splitlines()
    assert head.startswith("| members x passes | repetitions | accuracy | NLL |")
    assert alone.startswith("| 1 network x 6 | 5 | ")
    assert together.startswith("| 5 networks x 2 | 1 | ")
    assert (" +- " in alone, " +- " in together) == (True, False)


@pytest.mark.slow
def test_runs_are_passed_through_and_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(PRETRAINED / "bayesian")
    json = tmp_path / "figures.json"
    assert main(["--posteriors", run, "--passes", "2", "--sizes", "1", "--images", "50", "--json", str(json)]) == 0
    assert "| 1 posterior x 2 | 1 | 0." in capsys.readouterr().out
    assert '"shifted":' in json.read_text()


def test_runs_that_cannot_be_compared_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = load_run(PRETRAINED / "bayesian")
    save_run(tmp_path, msgspec.structs.replace(run.record, rows=59_000, holdout=1000), run.posterior)
    both = ["--posteriors", str(run.folder), str(tmp_path)]
    assert main([*both, "--sizes", "5"]) == 1
    assert "found too few runs of either sort, expected at least 5 of one" in capsys.readouterr().err
    assert main(both) == 1
    assert "found 59,000 images trained on and 1,000 held out, expected 55,000 and 5,000" in capsys.readouterr().err


def test_a_run_of_the_wrong_sort_or_there_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Seen: ensembles of one network, and a network without a posterior that gave fifty equal passes."""
    run, point = load_run(PRETRAINED / "bayesian"), str(PRETRAINED / "vgg")
    save_run(tmp_path / "copy", run.record, run.posterior)
    save_run(tmp_path / "young", msgspec.structs.replace(run.record, finished=False), run.posterior)
    for options, said in (
        (["--posteriors", point], f"--posteriors: {point}: found vgg, a network without one"),
        (["--networks", str(run.folder)], f"--networks: {run.folder}: found bayesian, a network with a posterior"),
        (["--posteriors", str(run.folder), str(tmp_path / "copy")], f"copy: found the network of {run.folder} again"),
        (["--posteriors", str(run.folder), str(run.folder)], f"found the network of {run.folder} again"),
        (["--posteriors", str(tmp_path / "young")], "young: found a run that is not finished"),
    ):
        assert main(options) == 1
        assert said in capsys.readouterr().err


def test_figures_that_have_nowhere_to_go_are_refused_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    """Seen: an hour of passes, then an error in place of the table."""
    assert main(["--posteriors", str(PRETRAINED / "bayesian"), "--json", "/nonexistent/x.json"]) == 1
    assert capsys.readouterr().err.startswith("mixtures: --json: /nonexistent: found no folder; make it, or ")
