"""A disk that is full, fills in the middle or may only be read, and two that write to one folder, lose nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import msgspec
import pytest

from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import describe_graphs, load_bundle, write_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import write_whole
from edge_app.runtime.manifest import Manifest

RunApp = Callable[..., subprocess.CompletedProcess[str]]
OLD = b"what was there before\n"
OUTPUTS = {"out.jsonl": "--jsonl", "out.png": "--save", "out.mp4": "--save", "out.avi": "--save"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 kB with an old result for every output."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    for name in OUTPUTS:
        (disk / name).write_bytes(OLD)
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def is_old_or_whole(path: Path) -> bool:
    content = path.read_bytes()
    if content == OLD:
        return True
    if path.suffix == ".jsonl":
        return content.endswith(b"\n") and all(json.loads(line) for line in content.splitlines())
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG) if path.suffix in {".mp4", ".avi"} else None
    return capture.read()[0] if capture is not None else cv2.imread(str(path)) is not None


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.slow
@pytest.mark.parametrize("left_kb", [0, 60])
def test_a_disk_that_fills_leaves_the_old_result(name: str, left_kb: int, small_disk: Path, run_app: RunApp) -> None:
    free = shutil.disk_usage(small_disk).free
    (small_disk / "filling").write_bytes(bytes(max(0, free - 1024 * left_kb)))
    done = run_app("demo", "--headless", "--max-frames", "40", OUTPUTS[name], small_disk / name)
    assert "Traceback" not in done.stderr
    assert is_old_or_whole(small_disk / name)
    if done.returncode:
        assert done.returncode == 1
        assert str(small_disk) in done.stderr
        assert (small_disk / name).read_bytes() == OLD


def test_a_bundle_that_does_not_fit_leaves_the_old_one(small_disk: Path) -> None:
    shipped = load_bundle(DEFAULT_BUNDLE)
    old, large = {"g.tflite": b"old"}, {"g.tflite": bytes(1_000_000)}
    manifests = [_with_graphs(shipped.manifest, graphs) for graphs in (old, large)]
    write_bundle(small_disk / "digits", manifests[0], old)
    with pytest.raises(EdgeError, match=r"digits: cannot be written \(No space left on device\)"):
        write_bundle(small_disk / "digits", manifests[1], large, replace=True)
    assert load_bundle(small_disk / "digits").graphs == (b"old",)
    assert sorted(path.name for path in small_disk.iterdir()) == sorted(["digits", *OUTPUTS])


def test_a_file_that_does_not_fit_leaves_the_old_one(small_disk: Path) -> None:
    with pytest.raises(EdgeError, match="No space left on device"):
        write_whole(small_disk / "out.jsonl", bytes(1_000_000))
    assert (small_disk / "out.jsonl").read_bytes() == OLD
    assert sorted(path.name for path in small_disk.iterdir()) == sorted(OUTPUTS)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_disk_that_may_only_be_read_is_said_at_once(name: str, small_disk: Path, run_app: RunApp) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = run_app("demo", "--headless", OUTPUTS[name], small_disk / name)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert str(small_disk) in done.stderr
    assert (small_disk / name).read_bytes() == OLD


@pytest.mark.slow
def test_two_that_write_to_one_place_leave_one_whole_result(tmp_path: Path) -> None:
    commands = [
        [sys.executable, "-m", "edge_app", "demo", "--headless", "--max-frames", frames, "--save", "out.mp4"]
        for frames in ("5", "9")
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    running = [subprocess.Popen(command, cwd=tmp_path, env=environment) for command in commands]
    assert [one.wait() for one in running] == [0, 0]
    capture, count = cv2.VideoCapture(str(tmp_path / "out.mp4"), cv2.CAP_FFMPEG), 0
    while capture.read()[0]:
        count += 1
    assert count in {5, 9}
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_two_that_replace_one_bundle_leave_one_whole_bundle(tmp_path: Path) -> None:
    manifest = load_bundle(DEFAULT_BUNDLE).manifest
    contents = [{"g.tflite": bytes([number]) * 100_000} for number in range(2)]
    write_bundle(tmp_path / "digits", _with_graphs(manifest, contents[0]), contents[0])
    pids = []
    for graphs in contents:
        pids.append(os.fork())
        if pids[-1] == 0:
            for _ in range(50):
                write_bundle(tmp_path / "digits", _with_graphs(manifest, graphs), graphs, replace=True)
            os._exit(0)
    while len(pids) > 0:
        with suppress(EdgeError):  # read while it was replaced, a manifest and a graph that do not fit are refused
            assert load_bundle(tmp_path / "digits").graphs[0] in {graphs["g.tflite"] for graphs in contents}
        pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0] == 0]
    assert load_bundle(tmp_path / "digits").graphs[0] in {graphs["g.tflite"] for graphs in contents}
    assert [path.name for path in tmp_path.iterdir()] == ["digits"]


def _with_graphs(manifest: Manifest, graphs: dict[str, bytes]) -> Manifest:
    return msgspec.structs.replace(manifest, files=describe_graphs(graphs))
