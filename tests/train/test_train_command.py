"""python -m train: what it prints, writes and refuses."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import tf_keras

from dataset import Split
from models.networks import BUILDERS
from models.predictive import sample_probabilities
from models.runs import load_run, read_record
from train import training
from train.__main__ import main
from train.evaluate.scores import score
from train.training import PASSES, score_run

NAMES = {"accuracy", "nll", "brier", "ece"}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, digits: Split) -> None:
    """Train and test on a few digits."""
    monkeypatch.setattr(training, "load_split", lambda *_: digits)


def train(folder: Path, *arguments: str) -> int:
    return main(["--model", "deterministic", "--epochs", "1", "--holdout", "100", "--out", str(folder), *arguments])


@pytest.mark.usefixtures("few")
def test_run_is_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(tmp_path / "run", "--augmented", "0.5", "--precision", "bfloat16") == 0
    run = load_run(tmp_path / "run")
    assert (run.record.finished, run.record.rows, sorted(p.name for p in run.folder.iterdir())) == (
        True,
        600,
        ["posterior.npz", "run.json"],
    )
    assert [run.record.recipe[name] for name in ("epochs", "augmented", "precision")] == [1, 0.5, "bfloat16"]
    assert set(run.record.metrics) == {"MNIST", "MNIST_corrupted"}
    assert str(tmp_path / "run") in capsys.readouterr().out


@pytest.mark.usefixtures("few")
def test_images_of_ones_own_are_trained_on_as_well(
    tmp_path: Path, digits: Split, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own").mkdir()
    np.save(tmp_path / "own" / "x_train.npy", np.round(255 * (1 - digits.x[:30, ..., 0])).astype(np.uint8))
    np.save(tmp_path / "own" / "y_train.npy", digits.y[:30])
    assert train(tmp_path / "run", "--extra", str(tmp_path / "own")) == 0
    record = load_run(tmp_path / "run").record
    assert (record.rows, record.holdout) == (630, 100)
    assert len(str(record.recipe["extra"])) == 64
    assert train(tmp_path / "other", "--extra", str(tmp_path)) == 1
    assert "x_train.npy: not found" in capsys.readouterr().err


@pytest.mark.usefixtures("few")
def test_existing_run_is_kept_unless_forced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(tmp_path) == 0
    before = read_record(tmp_path)
    assert train(tmp_path, "--seed", "1") == 1
    assert "--force" in capsys.readouterr().err
    assert read_record(tmp_path) == before
    assert train(tmp_path, "--resume") == 1
    assert "finished" in capsys.readouterr().err
    assert train(tmp_path, "--seed", "1", "--force") == 0
    assert read_record(tmp_path).seed == 1


def records(folder: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in folder.glob("*/run.json")}


@pytest.mark.usefixtures("few")
def test_force_leaves_a_mixture_as_it_is_where_no_new_one_can_take_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen: what was refused had lost its records by then."""
    assert train(tmp_path, "--seeds", "2") == 0
    before = records(tmp_path)
    assert len(before) == 2
    refused = {
        "--holdout: found 700, expected 0 to 699": ["--holdout", "700"],
        "--teacher: found model deterministic": ["--teacher", "models/pretrained/vgg"],
        "is to be learned from, and --force would start it anew": ["--start", str(tmp_path / "seed-0")],
        "holds a run of another mixture": ["--seed", "1"],
    }
    for message, arguments in refused.items():
        assert train(tmp_path, "--seeds", "2", "--force", *arguments) == 1
        assert message in capsys.readouterr().err
        assert records(tmp_path) == before
    assert train(tmp_path, "--seeds", "2", "--force", "--augmented", "0.5") == 0
    assert read_record(tmp_path / "seed-1").recipe["augmented"] == 0.5


@pytest.mark.usefixtures("few")
def test_a_single_run_does_not_hide_a_mixture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Seen: the mixture's runs were overlooked from then on."""
    assert train(tmp_path, "--seeds", "2") == 0
    assert train(tmp_path) == 1
    assert f"{tmp_path / 'seed-0'}: holds a run of another mixture" in capsys.readouterr().err
    assert not (tmp_path / "run.json").exists()


@pytest.mark.usefixtures("few")
def test_prior_must_fit_the_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(tmp_path, "--prior", "normal") == 1
    assert capsys.readouterr().err == "train: prior: found 'normal', expected none for the deterministic network\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [["--epochs", "0"], ["--augmented", "2"], ["--model", "other"], ["--seed", "-1"], ["--seed", "99999999999"]],
)
def test_usage_errors_exit_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.fixture
def sixty(digits: Split) -> Split:
    return Split(*(values[:60] for values in digits))


@pytest.mark.parametrize("name", ["deterministic", "probabilistic"])
def test_a_network_whose_passes_agree_is_scored_once(sixty: Split, name: str) -> None:
    model = BUILDERS[name](100)
    found = score_run(model, sixty, 0)
    assert found.keys() == NAMES
    assert found == pytest.approx(asdict(score(sample_probabilities(model, sixty.x, 1, 0)[:, 0], sixty.y)))


def test_a_network_whose_passes_differ_is_scored_on_one_and_on_their_mean(sixty: Split) -> None:
    tf_keras.utils.set_random_seed(0)
    model = BUILDERS["bayesian"](100)
    found = score_run(model, sixty, 0)
    assert found.keys() == NAMES | {f"one_pass_{name}" for name in NAMES}
    passes = sample_probabilities(model, sixty.x, PASSES, 0)
    assert found["nll"] == pytest.approx(score(passes.mean(axis=1), sixty.y).nll)
    assert found["one_pass_nll"] == pytest.approx(score(passes[:, 0], sixty.y).nll)
    # Jensen's inequality: the mean of distributions scores at least as well as they do on average.
    each = [score(passes[:, k], sixty.y).nll for k in range(PASSES)]
    assert found["nll"] <= np.mean(each)


def test_the_same_seed_gives_the_same_figures(sixty: Split) -> None:
    model = BUILDERS["bayesian"](100)
    assert score_run(model, sixty, 3) == score_run(model, sixty, 3)
    assert score_run(model, sixty, 3) != score_run(model, sixty, 4)
