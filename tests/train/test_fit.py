"""Training learns, repeats by seed, and survives an interruption."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from dataset import Split
from models.posterior import digest
from models.predictive import sample_probabilities
from models.runs import RECORD, load_run, read_record, save_run
from train import fit
from train.errors import DivergedError, TrainError
from train.fit import Job, resume, start
from train.outliers import draw_outliers
from train.recipes import RECIPES, Recipe

# A small network with the LeNet's settings.
SHORT = replace(
    RECIPES["lenet"],
    model="deterministic",
    loss="sparse_categorical_crossentropy",
    prior="none",
    epochs=2,
    outliers=0.0,
)


def job(digits: Split, folder: Path, recipe: Recipe = SHORT, *, holdout: int = 200, seed: int = 0) -> Job:
    return Job(recipe, digits, holdout, seed, folder)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [SHORT, replace(RECIPES["bayesian"], epochs=1)], ids=["point", "sampled"])
def test_same_seed_same_weights(recipe: Recipe, digits: Split, tmp_path: Path) -> None:
    first, again = (start(job(digits, tmp_path / folder, recipe))[0].get_weights() for folder in ("a", "b"))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_seed_gives_other_weights(digits: Split, tmp_path: Path) -> None:
    first, other = (start(job(digits, tmp_path / f"{seed}", seed=seed))[0].get_weights() for seed in (0, 1))
    assert (first[0] != other[0]).all()


def test_training_learns(digits: Split, tmp_path: Path) -> None:
    recipe = replace(RECIPES["deterministic"], epochs=20)
    _, record = start(job(digits, tmp_path, recipe))
    assert record.epochs[-1].loss < 0.6 * record.epochs[0].loss
    assert record.epochs[-1].accuracy > 0.7


def test_record_tells_how_the_run_came_about(digits: Split, tmp_path: Path) -> None:
    _, record = start(job(digits, tmp_path))
    assert read_record(tmp_path) == record
    assert (record.rows, record.holdout, record.seed, record.finished) == (500, 200, 0, False)
    assert record.recipe["augmented"] == SHORT.augmented
    assert len(record.epochs) == 2
    assert (record.posterior.name, record.training.name) == ("epoch-02.npz", "epoch-02-training.npz")


def test_divergence_is_annealed(digits: Split, tmp_path: Path) -> None:
    """With the weight of the divergence near 0 in the first epoch, the loss is a likelihood's; in full, far larger."""
    slow = replace(RECIPES["bayesian"], epochs=1, annealing=1000)
    _, gentle = start(job(digits, tmp_path / "slow", slow))
    _, full = start(job(digits, tmp_path / "none", replace(slow, annealing=0)))
    assert gentle.epochs[0].loss + 1 < full.epochs[0].loss


def test_a_warm_restart_goes_on_from_the_weights_of_another_run(digits: Split, tmp_path: Path) -> None:
    learnt = replace(RECIPES["probabilistic"], epochs=6)
    _, first = start(job(digits, tmp_path / "first", learnt))
    again = replace(learnt, epochs=1, start=digest(load_run(tmp_path / "first").posterior))
    _, warm = start(replace(job(digits, tmp_path / "warm", again), start=tmp_path / "first"))
    assert warm.epochs[0].loss < 1.1 * first.epochs[-1].loss < first.epochs[0].loss
    assert read_record(tmp_path / "warm").recipe["start"] == again.start
    with pytest.raises(TrainError, match="found a run of model probabilistic, expected bayesian"):
        start(replace(job(digits, tmp_path / "other", RECIPES["bayesian"]), start=tmp_path / "first"))


def test_what_is_no_digit_teaches_even_odds(digits: Split, tmp_path: Path) -> None:
    """Shown with outliers, the network is in more doubt of what is no digit than without."""

    def doubt(outliers: float) -> float:
        recipe = replace(RECIPES["probabilistic"], epochs=30, learning_rate=0.01, outliers=outliers)
        model, record = start(job(digits, tmp_path / f"{outliers}", recipe))
        assert np.isfinite([epoch.loss for epoch in record.epochs]).all()
        strange = draw_outliers(digits.x, 300, np.random.default_rng(5))
        mean = sample_probabilities(model, strange, 1, 0)[:, 0]
        return float(-(mean * np.log2(np.maximum(mean, 1e-30))).sum(axis=1).mean())

    assert doubt(0.5) > doubt(0.0) + 0.3


def test_interrupted_run_goes_on_after_its_last_whole_epoch(
    digits: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted_save(*arguments: Any) -> Any:
        record = save_run(*arguments)
        if len(record.epochs) == 2:
            raise KeyboardInterrupt
        return record

    long = job(digits, tmp_path, replace(SHORT, epochs=3))
    with monkeypatch.context() as patch:
        patch.setattr(fit, "save_run", interrupted_save)
        with pytest.raises(KeyboardInterrupt):
            start(long)
    kept = read_record(tmp_path)
    assert len(kept.epochs) == 2

    model, record = resume(long)
    assert record.epochs[:2] == kept.epochs
    assert len(record.epochs) == 3
    assert int(model.optimizer.iterations) == 3 * long.steps
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == ["epoch-03-training.npz", "epoch-03.npz"]


def test_a_run_begun_before_a_setting_was_known_goes_on(digits: Split, tmp_path: Path) -> None:
    wanted = job(digits, tmp_path)
    start(replace(wanted, until=1))
    record = msgspec.json.decode((tmp_path / RECORD).read_bytes())
    del record["recipe"]["teacher"], record["recipe"]["precision"]
    (tmp_path / RECORD).write_bytes(msgspec.json.encode(record))
    assert len(resume(wanted)[1].epochs) == 2


def test_resume_refuses_other_settings(digits: Split, tmp_path: Path) -> None:
    """Seen: another holdout was taken for the same, as long as as many were trained on."""
    recipe = replace(RECIPES["deterministic"], epochs=1)
    start(job(digits, tmp_path, recipe))
    fewer = Split(*(values[1:] for values in digits))
    for wanted, message in [
        (
            job(digits, tmp_path, replace(recipe, epochs=2)),
            "was trained with epochs 1, expected 2; repeat its settings",
        ),
        (job(digits, tmp_path, recipe, seed=1), "was trained with seed 0, expected 1"),
        (job(fewer, tmp_path, recipe, holdout=199), "was trained with holdout 200, expected 199"),
    ]:
        with pytest.raises(TrainError, match=message):
            resume(wanted)


def test_what_diverges_says_so_and_leaves_no_run(digits: Split, tmp_path: Path) -> None:
    """Seen: a record without a loss was written, which nothing could read."""
    recipe = replace(RECIPES["probabilistic"], learning_rate=1e30)
    with pytest.raises(DivergedError, match=r"the loss is nan after epoch 1, .*; choose a learning rate below 1e\+30"):
        start(job(digits, tmp_path / "run", recipe))
    assert not (tmp_path / "run" / RECORD).exists()


@pytest.mark.parametrize("holdout", [-1, 700])
def test_nothing_to_train_on_is_refused(holdout: int, digits: Split, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="--holdout"):
        start(job(digits, tmp_path, holdout=holdout))
    assert not list(tmp_path.iterdir())
