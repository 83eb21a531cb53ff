"""A larger network says beside the labels what images are, and a smaller one learns it."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from dataset import Split
from models.predictive import sample_probabilities
from models.read_model import read_posterior
from models.rebuild import rebuild
from models.runs import PRETRAINED, load_run, load_runs, save_run
from train import sweep, training
from train.__main__ import main
from train.errors import TrainError
from train.feed import NO_DIGIT, feed
from train.fit import Job, start
from train.precision import OPTION
from train.recipes import RECIPES
from train.teacher import Teacher, identify, load_teacher

PLAIN = replace(RECIPES["probabilistic"], epochs=1)


def says(*probabilities: float) -> Teacher:
    def predict(images: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.tile(np.float32(probabilities), (len(images), 1))

    return Teacher(predict, 0.25)


def run(folder: Path, digits: Split, model: str = "probabilistic") -> Path:
    network, record = start(Job(replace(RECIPES[model], epochs=1), digits, 200, 0, folder))
    save_run(folder, msgspec.structs.replace(record, finished=True), read_posterior(network))
    return folder


def test_its_share_of_the_target_is_what_it_says_and_the_rest_is_the_label() -> None:
    taught = says(0.6, 0.4).teach(np.zeros((2, 28, 28, 1), np.float32), np.float32([[1, 0], [0, 1]]))
    np.testing.assert_allclose(taught, [[0.9, 0.1], [0.15, 0.85]], rtol=1e-6)


def test_it_sees_the_images_as_they_are_trained_on_and_is_silent_on_what_is_no_digit(digits: Split) -> None:
    seen: list[NDArray[np.float32]] = []

    def predict(images: NDArray[np.float32]) -> NDArray[np.float32]:
        seen.append(images.copy())
        return np.full((len(images), 10), 0.1, np.float32)

    (taught,) = feed(digits, augmented=0.8, outliers=0.5, seed=3, epochs=range(1), teacher=Teacher(predict, 1.0))
    (plain,) = feed(digits, augmented=0.8, outliers=0.5, seed=3, epochs=range(1))
    np.testing.assert_array_equal(taught.x, plain.x)
    np.testing.assert_array_equal(seen[0], plain.x[plain.y != NO_DIGIT])
    assert (taught.y == plain.y).all()
    assert (taught.onehot == np.float32(0.1)).all()
    assert (plain.onehot[plain.y != NO_DIGIT].max(axis=1) == 1).all()


def test_a_run_says_as_a_teacher_what_its_network_says(digits: Split, tmp_path: Path) -> None:
    folder = run(tmp_path, digits)
    expected = sample_probabilities(rebuild(load_run(folder)), digits.x[:30], 1, 0)[:, 0]
    nothing = np.zeros((30, 10), np.float32)
    np.testing.assert_allclose(load_teacher(folder, 1.0).teach(digits.x[:30], nothing), expected, atol=1e-6)


def test_a_network_learns_what_its_teacher_says_against_the_labels(digits: Split, tmp_path: Path) -> None:
    always_three = Teacher(lambda images: np.eye(10, dtype=np.float32)[[3] * len(images)], 1.0)
    recipe = replace(PLAIN, epochs=5, learning_rate=0.01)
    model, _ = start(Job(recipe, digits, 0, 0, tmp_path, teacher=always_three))
    assert (sample_probabilities(model, digits.x, 1, 0)[:, 0, 3] > 0.9).all()


def test_products_are_in_the_recipes_precision_while_it_trains(digits: Split, tmp_path: Path) -> None:
    seen: list[bool] = []

    def predict(images: NDArray[np.float32]) -> NDArray[np.float32]:
        seen.append(tf.config.optimizer.get_experimental_options().get(OPTION, False))
        return np.full((len(images), 10), 0.1, np.float32)

    for precision in ("float32", "bfloat16"):
        recipe = replace(PLAIN, precision=precision)
        start(Job(recipe, digits, 0, 0, tmp_path / precision, teacher=Teacher(predict, 1.0)))
    assert seen == [False, True]


def test_every_run_of_a_sweep_has_its_teacher(digits: Split, tmp_path: Path) -> None:
    teacher = run(tmp_path / "teacher", digits)
    command = ["--model", "probabilistic", "--epochs", "1", "--seeds", "2", "--images", "700"]
    assert sweep.main([*command, "--teacher", str(teacher), "--out", str(tmp_path / "sweep")]) == 0
    pupils = [load_run(folder).record.recipe["teacher"] for folder in (tmp_path / "sweep").glob("*seed*")]
    assert pupils == [identify(teacher)] * 2


def test_a_network_with_a_posterior_is_no_teacher(digits: Split, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"found bayesian, a network with a posterior, expected one without"):
        load_teacher(run(tmp_path, digits, "bayesian"), 0.5)


def test_the_record_names_the_teacher_by_its_digest(
    digits: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "load_split", lambda *_: digits)
    teacher = run(tmp_path / "teacher", digits)
    command = ["--holdout", "100", "--epochs", "1", "--teacher", str(teacher), "--out"]
    assert main(["--model", "probabilistic", *command, str(tmp_path / "pupil")]) == 0
    assert load_run(tmp_path / "pupil").record.recipe["teacher"] == identify(teacher)
    assert identify(None) == ""


def test_a_network_that_learns_from_whole_labels_is_refused_a_teacher(
    digits: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training, "load_split", lambda *_: digits)
    teacher = str(run(tmp_path / "teacher", digits))
    assert main(["--model", "deterministic", "--teacher", teacher, "--out", str(tmp_path / "pupil")]) == 1
    assert "found model deterministic, which learns from whole labels alone" in capsys.readouterr().err
    assert not (tmp_path / "pupil").exists()


def test_the_teacher_of_what_ships_is_kept_beside_it() -> None:
    taught = {str(run.record.recipe.get("teacher", "")) for run in load_runs(PRETRAINED / "lenet-mixture")}
    assert identify(PRETRAINED / "vgg") in taught


def test_a_teacher_is_one_finished_run(
    digits: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training, "load_split", lambda *_: digits)
    unfinished = tmp_path / "several" / "seed-0"
    start(Job(replace(RECIPES["probabilistic"], epochs=1), digits, 200, 0, unfinished))
    for teacher, message in [
        (unfinished, "found a run that is not finished"),
        (unfinished.parent, "found 1 runs, expected one network's; choose one of them"),
    ]:
        command = ["--model", "probabilistic", "--teacher", str(teacher), "--out", str(tmp_path / "pupil")]
        assert main(command) == 1
        assert f"{teacher}: {message}" in capsys.readouterr().err
