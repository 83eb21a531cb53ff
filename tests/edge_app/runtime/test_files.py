"""A file is written whole or not at all, by anybody's umask, and only regular files are read."""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_app.runtime.classifier import open_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import beside, is_there, put_in_place, read_whole, write_json, write_whole


@dataclass
class Figures:
    accuracy: float
    names: tuple[str, ...]


def test_what_is_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    for content in (b"first", b"", b"last" * 100_000):
        write_whole(path, content)
        assert read_whole(path, 10**6, "") == content
    assert list(tmp_path.iterdir()) == [path]


def test_figures_are_written_as_json(tmp_path: Path) -> None:
    write_json(tmp_path / "figures.json", [Figures(0.5, ("a", "ü"))])
    assert json.loads((tmp_path / "figures.json").read_text()) == [{"accuracy": 0.5, "names": ["a", "ü"]}]
    assert (tmp_path / "figures.json").read_text().endswith("]\n")


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_permissions_are_the_umasks(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "file", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~mask


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"through")
    reader.join()
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(EdgeError, match=r"file: cannot be written \(No space left on device\); choose another file"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", "none/file", "file/below", "n" * 300, "nul\0l"])
def test_a_path_that_cannot_be_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"precious")
    for attempt in (lambda path: write_whole(path, b"x"), lambda path: read_whole(path, 10, "look again")):
        with pytest.raises(EdgeError, match="cannot be") as raised:
            attempt(tmp_path / name)
        assert str(raised.value).isprintable()
    assert (tmp_path / "file").read_bytes() == b"precious"


def test_a_name_beside_is_nobody_elses_however_long(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 120 + ".mp4")
    names = {beside(path) for _ in range(100)}
    assert len(names) == 100
    for name in names:
        assert (name.parent, name.suffix) == (tmp_path, ".mp4")
        assert len(name.name.encode()) < 255


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, reason in {"pipe": "no regular file", "zero": "no regular file", "loop": "symbolic links"}.items():
        with pytest.raises(EdgeError, match=rf"{name}: cannot be read \(.*{reason}.*\); look again"):
            read_whole(tmp_path / name, 10, "look again")


def test_size_comes_before_content(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(EdgeError, match="found 1099511627776 bytes, expected at most 10; look again"):
        read_whole(tmp_path / "sparse", 10, "look again")


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "missing", "file/below"])
def test_what_cannot_be_looked_at_is_not_there(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert is_there(tmp_path / "file")
    assert not is_there(tmp_path / name)
    with pytest.raises(EdgeError, match="cannot be read"):
        open_bundle(tmp_path / name)


def test_names_are_exchanged_wherever_paths_start_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an absolute path or one from the working directory: in one step, so that nothing is ever called `old`."""
    monkeypatch.chdir(tmp_path)
    found = []
    for folder in (tmp_path, Path()):
        for name in ("fresh", "path"):
            (folder / name).mkdir()
            (folder / name / name).touch()
        put_in_place(folder / "fresh", folder / "path", folder / "old")
        found.append(sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")))
        for name in ("fresh", "old", "path"):
            shutil.rmtree(folder / name, ignore_errors=True)
    assert found[0] == found[1]
    assert "path/fresh" in found[0]
