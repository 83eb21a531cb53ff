"""The figures by which recipes are chosen."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from dataset import Split, load_split
from models.predictive import sample_probabilities
from models.rebuild import rebuild
from models.runs import PRETRAINED, load_run, save_run
from train.errors import TrainError
from train.evaluate.held_out_images import take_held_out
from train.evaluate.scores import score
from train.held_out import PASSES, SEED, evaluate_held_out, main


@pytest.mark.slow
def test_a_run_is_scored_on_what_it_held_out_and_on_nothing_else() -> None:
    data = load_split("MNIST", "train")
    run = load_run(PRETRAINED / "bayesian")
    kept = slice(-run.record.holdout, None)
    blank = np.ones_like(data.x)
    blank[kept] = data.x[kept]
    found = evaluate_held_out(run.folder, Split(blank, data.y, data.onehot))
    mean = sample_probabilities(rebuild(run), data.x[kept], PASSES, SEED).mean(axis=1, dtype=np.float64)
    assert found.plain.scores == score(mean, data.y[kept])
    assert found.plain.scores.nll < found.augmented.scores.nll  # it never saw a camera's picture


def test_a_run_on_the_first_images_held_out_the_last_of_these() -> None:
    """Seen: the last of all 60,000 scored, so that a sweep's table and this command gave other figures of one run."""
    data = load_split("MNIST", "train")
    record = load_run(PRETRAINED / "bayesian").record
    few = msgspec.structs.replace(record, rows=550, holdout=50)
    assert np.array_equal(take_held_out(few, data).x, data.x[550:600])
    assert np.array_equal(take_held_out(few, Split(data.x[:600], data.y[:600], data.onehot[:600])).y, data.y[550:600])
    own = msgspec.structs.replace(few, recipe=few.recipe | {"extra": "abc"})  # of MNIST's it had nobody knows how many
    assert np.array_equal(take_held_out(own, data).y, data.y[-50:])


def test_a_run_that_held_nothing_out_is_refused(tmp_path: Path) -> None:
    run = load_run(PRETRAINED / "bayesian")
    save_run(tmp_path / "run", msgspec.structs.replace(run.record, holdout=0), run.posterior)
    with pytest.raises(TrainError, match="held no image out"):
        evaluate_held_out(tmp_path / "run", load_split("MNIST", "train"))


def test_a_missing_run_is_one_line_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"held_out: {tmp_path}")
