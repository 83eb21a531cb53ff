"""The wheel holds the device's part and nothing else, and runs where nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow

WHERE = """
import edge_app, importlib.util, json
rooms = ["bayes_edge", "dataset", "export", "models", "train"]
print(json.dumps([edge_app.__file__, [room for room in rooms if importlib.util.find_spec(room)]]))
"""


def test_the_wheel_holds_the_app_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    metadata = wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"
    assert {name.partition("/")[0] for name in names} == {"edge_app", metadata}
    assert not [name for name in names if "MNIST" in name]


def test_the_wheel_holds_every_file_of_the_app(wheel: Path) -> None:
    """All but the picture that the README shows."""
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "edge_app").rglob("*") if path.is_file()}
    expected = {name for name in files if "__pycache__" not in name} - {"edge_app/demo/overlay.png"}
    assert {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("edge_app/")} == expected


def test_the_wheel_names_the_command(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
    assert "bayes-edge = edge_app.__main__:main" in archive.read(entry_points).decode()


def test_the_unpacked_wheel_reads_the_demo(wheel: Path, run: Run, tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", tmp_path / "site", wheel, cwd=tmp_path)
    env = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    where, _ = json.loads(run(sys.executable, "-c", WHERE, cwd=tmp_path, env=env).stdout)
    assert Path(where).is_relative_to(tmp_path)
    demo = run(sys.executable, "-m", "edge_app", "demo", "--headless", "--max-frames", 3, cwd=tmp_path, env=env)
    assert [len(json.loads(line)["digits"]) > 0 for line in demo.stdout.splitlines()] == [True] * 3


@pytest.mark.network
def test_a_plain_install_in_an_empty_environment_reads_the_demo(wheel: Path, run: Run, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "empty", cwd=tmp_path)
    python = tmp_path / "empty" / "bin" / "python"
    probe = [python, "-m", "pip", "download", "--no-deps", "--dest", tmp_path / "probe", "msgspec"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("no package index can be reached")
    run(python, "-m", "pip", "install", "--constraint", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    where, rooms = json.loads(run(python, "-c", WHERE, cwd=tmp_path).stdout)
    assert Path(where).is_relative_to(tmp_path / "empty")
    assert rooms == []
    demo = run(python, "-m", "edge_app", "demo", "--headless", cwd=tmp_path)
    assert json.loads(demo.stdout.splitlines()[-1])["digits"]
    assert "usage: " in run(tmp_path / "empty" / "bin" / "bayes-edge", "--help", cwd=tmp_path).stdout
