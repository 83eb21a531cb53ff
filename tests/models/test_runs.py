"""A run folder: round trip, and every way in which it can be broken."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import tf_keras

from models.errors import ModelError
from models.networks import BUILDERS
from models.runs import PRETRAINED, RECORD, WEIGHTS, Record, load_run, read_record, restore_optimiser, save_run


def record(model: str = "bayesian", **changes: object) -> Record:
    plain = Record(
        format="bayes-edge-run",
        version=1,
        model=model,
        recipe={"model": model},
        seed=0,
        rows=100,
        holdout=10,
        epochs=(),
        finished=True,
        metrics={},
        weights=WEIGHTS,
        weights_sha256="",
        versions={},
    )
    return msgspec.structs.replace(plain, **changes)


def trained(name: str = "bayesian") -> tf_keras.Sequential:
    model = BUILDERS[name](100)
    model.set_weights([np.full(weight.shape, 0.1 * index) for index, weight in enumerate(model.weights)])
    model.compile(tf_keras.optimizers.RMSprop())
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.mark.parametrize("name", ["deterministic", "probabilistic", "bayesian"])
def test_round_trip(tmp_path: Path, name: str) -> None:
    model = trained(name)
    saved = save_run(tmp_path / "run", record(name), model)
    run = load_run(tmp_path / "run")
    assert run.record == saved
    for before, after in zip(model.get_weights(), run.model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_same_weights_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        save_run(tmp_path / folder, record(), trained())
    for name in (WEIGHTS, RECORD):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_unfinished_run_keeps_its_optimiser(tmp_path: Path) -> None:
    model = trained()
    for index, variable in enumerate(model.optimizer.variables):
        variable.assign(np.full(variable.shape, index + 2))
    save_run(tmp_path, record(finished=False, weights="epoch-01.npz"), model)
    run = load_run(tmp_path)
    run.model.compile(tf_keras.optimizers.RMSprop())
    restore_optimiser(run)
    for before, after in zip(model.optimizer.variables, run.model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(before.numpy(), after.numpy())


def test_a_finished_run_leaves_no_epochs_behind(tmp_path: Path) -> None:
    save_run(tmp_path, record(finished=False, weights="epoch-01.npz"), trained())
    save_run(tmp_path, record(), trained())
    assert sorted(path.name for path in tmp_path.iterdir()) == [RECORD, WEIGHTS]


def test_death_between_weights_and_record_loses_nothing(tmp_path: Path) -> None:
    save_run(tmp_path, record(finished=False, weights="epoch-01.npz"), trained())
    (tmp_path / "epoch-02.npz").write_bytes(b"half an epoch")
    assert load_run(tmp_path).record.weights == "epoch-01.npz"


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


BREAKAGES = {
    "run.json: cannot be read": lambda folder: (folder / RECORD).unlink(),
    "run.json: Input data was truncated": lambda folder: (folder / RECORD).write_text("{"),
    "run.json: Object": lambda folder: rewrite(folder / RECORD, '"seed"', '"sead"'),
    "Invalid enum value 2": lambda folder: rewrite(folder / RECORD, '"version": 1', '"version": 2'),
    "found model 'oracle'": lambda folder: rewrite(folder / RECORD, '"model": "bayesian"', '"model": "oracle"'),
    "found weights of shapes": lambda folder: rewrite(folder / RECORD, '"bayesian"', '"deterministic"'),
    "Expected `str` matching regex": lambda folder: rewrite(folder / RECORD, WEIGHTS, "../weights.npz"),
    "weights.npz: cannot be read": lambda folder: (folder / WEIGHTS).unlink(),
    "weights.npz: found SHA-256": lambda folder: (folder / WEIGHTS).write_bytes(b"half"),
}


@pytest.mark.parametrize("words", BREAKAGES)
def test_a_broken_run_is_refused_in_one_line(tmp_path: Path, words: str) -> None:
    save_run(tmp_path, record(), trained())
    BREAKAGES[words](tmp_path)
    with pytest.raises(ModelError) as caught:
        load_run(tmp_path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(ModelError, match="cannot be written"):
        save_run(tmp_path / "run", record(), trained())


def test_the_shipped_runs_load() -> None:
    folders = sorted(path for path in PRETRAINED.iterdir() if path.is_dir())
    assert PRETRAINED / "bayesian" in folders
    for folder in folders:
        assert read_record(folder).finished
        assert load_run(folder).record.holdout == 5000
