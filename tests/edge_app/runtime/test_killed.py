"""A program that is killed while it writes leaves the old or the whole new: tried before every line that it runs."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from edge_app.runtime import bundle, files
from edge_app.runtime.bundle import describe_graphs, load_bundle, write_bundle
from edge_app.runtime.files import write_whole

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"
WRITERS = {bundle.__file__, files.__file__}


def killed_at(line: int, write: Callable[[], None]) -> bool:
    """Write in a fork that kills itself before the n-th line of the writers' code; tells whether it got there."""
    pid = os.fork()
    if pid == 0:
        passed = 0

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal passed
            if frame.f_code.co_filename not in WRITERS:
                return None
            if event == "line":
                passed += 1
                if passed == line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        write()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def test_a_bundle_that_is_replaced_is_the_old_or_the_new_at_every_moment(tmp_path: Path) -> None:
    manifest = load_bundle(SHIPPED).manifest
    contents = [{"stacked.tflite": text} for text in (b"old", b"new")]
    manifests = [msgspec.structs.replace(manifest, files=describe_graphs(graphs)) for graphs in contents]
    path = tmp_path / "digits"
    write_bundle(path, manifests[0], contents[0])
    line = 1
    while killed_at(line, lambda: write_bundle(path, manifests[1], contents[1], replace=True)):
        assert load_bundle(path).graphs in {(b"old",), (b"new",)}
        line += 1
    assert line > 20
    assert load_bundle(path).graphs == (b"new",)
    assert all(left.name.startswith(".digits-") for left in tmp_path.iterdir() if left != path)


def test_a_file_that_is_replaced_is_the_old_or_the_new_at_every_moment(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_bytes(b"old")
    line = 1
    while killed_at(line, lambda: write_whole(path, b"new")):
        assert path.read_bytes() in {b"old", b"new"}
        line += 1
    assert line > 5
    assert path.read_bytes() == b"new"
