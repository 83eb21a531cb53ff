import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.commands.speed import PAGE

RunApp = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--threads", "0"], "argument --threads: found '0', expected a whole number of at least 1"),
        (["--threads", "99999999999"], "argument --threads: found '99999999999', expected at most 256"),
        (["--col\x1b[31mour"], "unrecognized arguments: --col\\x1b[31mour"),
        (["--max-frames", "-3"], "argument --max-frames: found '-3', expected a whole number of at least 1"),
        (["--save", "film.txt"], "argument --save: film.txt: unknown suffix; expected a video"),
        (["--colour"], "unrecognized arguments: --colour"),
        (["one", "two"], "unrecognized arguments: two"),
        (["doctor", "--colour"], "unrecognized arguments: --colour"),
        (["calibrate-speed", "x"], "unrecognized arguments: x"),
        (["soak", "--frames", "none"], "argument --frames: found 'none', expected a whole number of at least 1"),
    ],
)
def test_a_usage_error_is_one_line_and_status_2(run_app: RunApp, arguments: list[str], complaint: str) -> None:
    done = run_app(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"edge_app: {complaint}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["missing.png", "empty.mp4", "text.png", "text.mp4", "folder"])
def test_a_bad_source_is_one_line_and_status_1(run_app: RunApp, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "folder").mkdir()
    done = run_app(tmp_path / name, "--headless")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"edge_app: {tmp_path / name}: ")
    assert done.stderr.count("\n") == 1


def test_control_characters_of_names_do_not_reach_the_terminal(run_app: RunApp, tmp_path: Path) -> None:
    name = "a\x1b[31m\nb\x9b\u202ec.png"
    done = run_app(tmp_path / name, "--headless")
    assert done.stderr.count("\n") == 1
    assert r"a\x1b[31m\nb\x9b\u202ec.png: not found" in done.stderr
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(PAGE.read_bytes())
    done = run_app(tmp_path / "in", "--headless")
    assert done.stdout.isascii()
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout)["picture"] == str(tmp_path / "in" / name)


@pytest.mark.parametrize("command", [["demo", "--headless"], ["soak", "--frames", "5"], ["calibrate-speed"]])
def test_a_bad_bundle_is_one_line_and_status_1(run_app: RunApp, tmp_path: Path, command: list[str]) -> None:
    done = run_app(*command, "--bundle", tmp_path)
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [[], ["doctor"], ["calibrate-speed"], ["soak"]])
def test_every_command_explains_itself(run_app: RunApp, command: list[str]) -> None:
    done = run_app(*command, "--help")
    assert done.returncode == 0
    assert "--bundle" in done.stdout


def test_a_reader_that_goes_away_is_no_error_message(clip: Path) -> None:
    command = [sys.executable, "-m", "edge_app", str(clip), "--headless", "--jsonl", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 1
