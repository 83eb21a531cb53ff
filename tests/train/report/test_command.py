"""The command refuses bad input in one line, and leaves an old report as it was."""

import shutil
from pathlib import Path

import pytest

from models.networks import BUILDERS
from models.read_model import read_posterior
from models.runs import load_run, save_run
from train.errors import TrainError
from train.report.__main__ import main
from train.report.write import whole_folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A report from before."""
    path = tmp_path / "report"
    path.mkdir()
    (path / "metrics.json").write_text("old")
    return path


def refused(capsys: pytest.CaptureFixture[str], old: Path, *arguments: object) -> str:
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


def test_a_run_without_weights(
    capsys: pytest.CaptureFixture[str], old: Path, plain_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = shutil.copytree(plain_run, tmp_path_factory.mktemp("bad") / "run")
    (run / "posterior.npz").unlink()
    assert "posterior.npz" in refused(capsys, old, run)


def test_weights_of_another_architecture(
    capsys: pytest.CaptureFixture[str], old: Path, plain_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = tmp_path_factory.mktemp("bad") / "run"
    save_run(run, load_run(plain_run).record, read_posterior(BUILDERS["bayesian"](100)))
    assert "expected" in refused(capsys, old, run)


def test_a_folder_that_is_no_run(
    capsys: pytest.CaptureFixture[str], old: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert "run.json" in refused(capsys, old, tmp_path_factory.mktemp("empty"))


def test_a_bundle_with_a_broken_hash(
    capsys: pytest.CaptureFixture[str],
    old: Path,
    plain_run: Path,
    shipped_bundle: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bundle = shutil.copytree(shipped_bundle, tmp_path_factory.mktemp("bad") / "bundle")
    graph = next(bundle.glob("*.tflite"))
    content = bytearray(graph.read_bytes())
    content[-1] ^= 1
    graph.write_bytes(content)
    assert "SHA-256" in refused(capsys, old, plain_run, "--bundle", bundle)


def test_the_same_folder_twice(capsys: pytest.CaptureFixture[str], old: Path, plain_run: Path) -> None:
    assert "twice" in refused(capsys, old, plain_run, plain_run)


def test_an_image_beyond_the_last(capsys: pytest.CaptureFixture[str], old: Path, plain_run: Path) -> None:
    assert "--images: found 10000, expected 0 to 9999" in refused(capsys, old, plain_run, "--images", "10000")


def test_a_place_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path, plain_run: Path) -> None:
    (tmp_path / "file").write_text("")
    assert main([str(plain_run), "--out", str(tmp_path / "file" / "report")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_folder_of_something_else_is_not_replaced(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, plain_run: Path
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mum.txt").write_text("dear")
    assert main([str(plain_run), "--out", str(tmp_path / "letters")]) == 1
    assert "no report" in capsys.readouterr().err
    assert (tmp_path / "letters" / "mum.txt").read_text() == "dear"


@pytest.mark.parametrize("images", ["", "x", "-1", "1,,2", "1.5"])
def test_images_that_are_no_numbers(capsys: pytest.CaptureFixture[str], images: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main([f"--images={images}"])
    assert stop.value.code == 2
    assert "expected whole numbers" in capsys.readouterr().err


def test_a_new_report_takes_the_place_of_the_old(old: Path) -> None:
    with whole_folder(old) as fresh:
        (fresh / "metrics.json").write_text("new")
    assert [path.read_text() for path in old.iterdir()] == ["new"]
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("error", [KeyboardInterrupt, TrainError])
def test_an_interrupted_report_leaves_the_old(old: Path, error: type[BaseException]) -> None:
    def interrupted() -> None:
        with whole_folder(old) as fresh:
            (fresh / "metrics.json").write_text("half")
            raise error("stopped")

    with pytest.raises(error):
        interrupted()
    assert (old / "metrics.json").read_text() == "old"
    assert list(old.parent.iterdir()) == [old]


def test_a_full_disk_is_named(old: Path) -> None:
    def full() -> None:
        with whole_folder(old):
            raise OSError(28, "No space left on device")

    with pytest.raises(TrainError, match="No space left"):
        full()
