"""Every command of train and export says in one line why it failed."""

import pytest

from dataset import DataError
from edge_app.runtime.errors import EdgeError
from export.errors import ExportError
from models.errors import ModelError
from train.command import command
from train.errors import TrainError


def run(error: BaseException) -> int:
    @command("measure")
    def main() -> int:
        raise error

    return main()


@pytest.mark.parametrize("error", [DataError, ModelError, EdgeError, TrainError, ExportError])
def test_what_the_user_can_mend_is_one_line_and_status_1(
    error: type[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(error("x.npz: found 3 images, expected 4; download it again")) == 1
    assert capsys.readouterr() == ("", "measure: x.npz: found 3 images, expected 4; download it again\n")


def test_what_the_system_refuses_is_one_line_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(OSError(28, "No space left on device", "figures.json")) == 1
    assert run(OSError(32, "Broken pipe")) == 1
    assert capsys.readouterr().err.splitlines() == [
        "measure: figures.json: No space left on device",
        "measure: Broken pipe",
    ]


def test_an_interruption_is_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(KeyboardInterrupt()) == 1
    assert capsys.readouterr().err == "measure: interrupted; nothing was written\n"


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError())


def test_arguments_and_the_status_are_handed_on() -> None:
    @command("measure")
    def main(arguments: list[str] | None = None) -> int:
        return len(arguments or [])

    assert main(["a", "b"]) == 2
    assert main() == 0


def test_there_is_one_tree_of_errors() -> None:
    assert issubclass(ExportError, TrainError)
    assert issubclass(TrainError, EdgeError)
