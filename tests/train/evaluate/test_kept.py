"""What is finished is kept, read back as it was, and never taken for something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import corruptions
from edge_app.jobs import Place
from edge_app.options import DEFAULT_BUNDLE, positive
from edge_app.runtime.prediction import Predictions, Thresholds, predict_batch
from train import promise
from train.errors import TrainError
from train.evaluate import kept
from train.evaluate.kept import run_kept
from train.evaluate.pinned import PinnedBundle
from train.promise import main

Interrupted = Callable[[Callable[[], bool], Callable[[], int]], int]


@dataclass(frozen=True, slots=True)
class Sum:
    """A number to be squared; `log` tells of every time that it was."""

    number: int
    log: Path


@dataclass(frozen=True, slots=True)
class Square:
    value: int
    root: float


def square(item: Sum) -> Square:
    with item.log.open("a") as log:
        print(item.number, file=log)
    return Square(item.number**2, item.number / 3)


@pytest.fixture
def items(tmp_path: Path) -> list[Sum]:
    return [Sum(number, tmp_path / "log") for number in range(5)]


def done(items: list[Sum]) -> list[int]:
    return [int(line) for line in items[0].log.read_text().split()]


def test_what_is_finished_is_not_repeated_and_comes_back_bit_for_bit(items: list[Sum], tmp_path: Path) -> None:
    jobs = run_kept(square, items, keep=tmp_path / "a" / "kept")
    assert len(list(islice(jobs, 3))) == 3
    jobs.close()
    assert sorted(run_kept(square, items, keep=tmp_path / "a" / "kept")) == list(enumerate(map(square, items)))
    assert done(items) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]  # five with what is kept, five without


def test_other_items_and_other_code_share_nothing(
    items: list[Sum], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = tmp_path / "kept"
    source = tmp_path / "dataset" / "load.py"
    source.parent.mkdir()
    source.write_text("x = 1")
    monkeypatch.setattr(kept, "CHECKOUT", tmp_path)
    list(run_kept(square, items, keep=keep))
    assert dict(run_kept(square, [replace(items[0], number=7), items[1]], keep=keep))[0].value == 49
    assert done(items) == [0, 1, 2, 3, 4, 7]
    source.write_text("x = 2")
    list(run_kept(square, items[:2], keep=keep))
    assert done(items) == [0, 1, 2, 3, 4, 7, 0, 1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content, _: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content, _: content[:40],
        lambda *_: b"",
        lambda _, other: other,
    ],
    ids=["a bit", "cut off", "empty", "another's"],
)
def test_a_damaged_file_is_said_in_one_line_and_measured_again(
    damage: Callable[[bytes, bytes], bytes], items: list[Sum], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept"
    whole = list(run_kept(square, items[:2], keep=keep))
    one, other = keep.iterdir()
    good = one.read_bytes()
    one.write_bytes(damage(good, other.read_bytes()))
    assert sorted(run_kept(square, items[:2], keep=keep)) == whole
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith(f"{one}: is damaged, or of something else; it is measured again")
    assert len(done(items)) == 3
    assert one.read_bytes() == good


def test_a_folder_that_cannot_be_is_one_line_before_anything_is_measured(items: list[Sum], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainError, match=r"--keep: .*file: cannot be made .*choose another folder"):
        next(run_kept(square, items, keep=tmp_path / "file"))
    assert not items[0].log.exists()


def predict(seed: int) -> Predictions:
    p: NDArray[np.float64] = np.random.default_rng(seed).dirichlet(np.ones(10), (5, 4))
    return predict_batch(p, Thresholds(entropy_bits=2.0, conformal=0.9))


def test_arrays_come_back_with_their_types(tmp_path: Path) -> None:
    [(_, first)], [(_, again)] = (list(run_kept(predict, [3], keep=tmp_path)) for _ in range(2))
    for name in Predictions.__slots__:
        assert getattr(first, name).dtype == getattr(again, name).dtype
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert first[0] == again[0]


def test_another_bundle_in_the_place_of_the_pinned_one_is_refused() -> None:
    with pytest.raises(TrainError, match="expected 000000000000; leave it as it is while it is measured"):
        PinnedBundle(DEFAULT_BUNDLE, "0" * 64).open()


@pytest.mark.slow
def test_what_a_cluster_has_done_is_kept_by_who_asked(cluster: Any, tmp_path: Path) -> None:
    done = [(0, 7), (1, 12)]
    assert sorted(run_kept(positive, ["7", "12"], Place(cluster=cluster.address), tmp_path)) == done
    assert len(list(tmp_path.iterdir())) == 2
    assert list(run_kept(positive, ["7", "12"], Place(cluster="nowhere://x"), tmp_path)) == done  # nobody is asked


# Where the interrupt lands is chance: a file that was just opened is then closed by the collector, which warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.slow
def test_an_interrupted_evaluation_goes_on_and_writes_the_same_bytes(
    interrupted: Interrupted, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promise, "DRAWN", 20)
    monkeypatch.setattr(corruptions, "NAMES", ("identity", "spatter", "fog", "stripe"))
    keep, whole, resumed = tmp_path / "kept", tmp_path / "whole.json", tmp_path / "resumed.json"
    arguments = ["--limit", "300", "--keep", str(keep), "--json"]
    status = interrupted(lambda: any(keep.glob("[!.]*.shard")), lambda: main([*arguments, str(resumed)]))
    assert status == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"promise: interrupted; what is finished is kept in {keep}; the same command goes on from there"
    assert not resumed.exists()
    finished = {path: path.stat().st_mtime_ns for path in keep.glob("*.shard")}
    assert 1 <= len(finished) < 4

    assert main([*arguments, str(resumed)]) == 0
    assert len(list(keep.iterdir())) == 4
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert main(["--limit", "300", "--json", str(whole)]) == 0
    assert resumed.read_bytes() == whole.read_bytes()
