"""The command refuses bad input in one line, and leaves an old report as it was."""

import shutil
from pathlib import Path

import pytest

from models.networks import BUILDERS
from models.runs import load_run, save_run
from train.errors import TrainError
from train.report.__main__ import main
from train.report.folder import whole_folder


@pytest.fixture
def old(tmp_path) -> Path:
    """A report from before."""
    path = tmp_path / "report"
    path.mkdir()
    (path / "metrics.json").write_text("old")
    return path


def refused(capsys, old: Path, *arguments: object) -> str:
    """Run the command, which must fail in one line and leave no trace; returns the line."""
    before = sorted(old.parent.rglob("*"))
    assert main([*map(str, arguments), "--out", str(old)]) == 1
    assert (old / "metrics.json").read_text() == "old"
    assert sorted(old.parent.rglob("*")) == before
    output = capsys.readouterr()
    assert output.out == ""
    [line] = output.err.splitlines()
    assert line.startswith("report: ")
    return line


def test_a_run_without_weights(capsys, old, plain_run, tmp_path_factory):
    run = shutil.copytree(plain_run, tmp_path_factory.mktemp("bad") / "run")
    (run / "weights.npz").unlink()
    assert "weights.npz" in refused(capsys, old, run)


def test_weights_of_another_architecture(capsys, old, plain_run, tmp_path_factory):
    run = tmp_path_factory.mktemp("bad") / "run"
    save_run(run, load_run(plain_run).record, BUILDERS["bayesian"](100))
    assert "expected" in refused(capsys, old, run)


def test_a_folder_that_is_no_run(capsys, old, tmp_path_factory):
    assert "run.json" in refused(capsys, old, tmp_path_factory.mktemp("empty"))


def test_a_bundle_with_a_broken_hash(capsys, old, plain_run, shipped_bundle, tmp_path_factory):
    bundle = shutil.copytree(shipped_bundle, tmp_path_factory.mktemp("bad") / "bundle")
    graph = next(bundle.glob("*.tflite"))
    content = bytearray(graph.read_bytes())
    content[-1] ^= 1
    graph.write_bytes(content)
    assert "SHA-256" in refused(capsys, old, plain_run, "--bundle", bundle)


def test_the_same_folder_twice(capsys, old, plain_run):
    assert "twice" in refused(capsys, old, plain_run, plain_run)


def test_an_image_beyond_the_last(capsys, old, plain_run):
    assert "--images: found 10000, expected 0 to 9999" in refused(capsys, old, plain_run, "--images", "10000")


def test_a_place_that_cannot_be_written(capsys, tmp_path, plain_run):
    (tmp_path / "file").write_text("")
    assert main([str(plain_run), "--out", str(tmp_path / "file" / "report")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_folder_of_something_else_is_not_replaced(capsys, tmp_path, plain_run):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mum.txt").write_text("dear")
    assert main([str(plain_run), "--out", str(tmp_path / "letters")]) == 1
    assert "no report" in capsys.readouterr().err
    assert (tmp_path / "letters" / "mum.txt").read_text() == "dear"


@pytest.mark.parametrize("images", ["", "x", "-1", "1,,2", "1.5"])
def test_images_that_are_no_numbers(capsys, images):
    with pytest.raises(SystemExit) as stop:
        main([f"--images={images}"])
    assert stop.value.code == 2
    assert "expected whole numbers" in capsys.readouterr().err


def test_a_new_report_takes_the_place_of_the_old(old):
    with whole_folder(old) as fresh:
        (fresh / "metrics.json").write_text("new")
    assert [path.read_text() for path in old.iterdir()] == ["new"]
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("error", [KeyboardInterrupt, TrainError])
def test_an_interrupted_report_leaves_the_old(old, error):
    def interrupted() -> None:
        with whole_folder(old) as fresh:
            (fresh / "metrics.json").write_text("half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert (old / "metrics.json").read_text() == "old"
    assert list(old.parent.iterdir()) == [old]


def test_a_full_disk_is_named(old):
    def full() -> None:
        with whole_folder(old):
            raise OSError(28, "No space left on device")

    with pytest.raises(TrainError, match="No space left"):
        full()
