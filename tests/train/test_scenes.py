"""Measuring finding and reading on scenes."""

import json
from pathlib import Path

import pytest

from edge_app.options import DEFAULT_BUNDLE
from train.scenes import main, measure


def test_the_measure_counts_what_scenes_show() -> None:
    report = measure(DEFAULT_BUNDLE, count=4, seed=40, photographs=None)
    assert report.finding.scenes == 4
    assert report.finding.recall > 0.9
    assert report.finding.precision > 0.9
    (reading,) = report.reading
    assert reading.images == round(report.finding.recall * report.finding.digits)
    assert reading.accuracy > 0.85


def test_the_command_prints_a_table_and_writes_every_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scenes.json"
    assert main(["--count", "2", "--json", str(path)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("| scenes | digits | recall | precision |")
    assert "| scenes | " in printed.out.splitlines()[-1]
    assert printed.err == ""
    assert json.loads(path.read_text())["finding"]["scenes"] == 2


def test_a_folder_without_a_list_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "1", "--photos", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"scenes: {tmp_path / 'labels.csv'}: ")
    assert message.count("\n") == 1


def test_no_scenes_at_all_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--count", "0"])
    assert stop.value.code == 2
