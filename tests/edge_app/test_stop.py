"""Stopping, in any state of the app, and telling systemd that it is alive."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.stop import Stop, StoppedError

SOON_S = 10
"""Generous: the machine that tests may be busy. A server that hangs would take the app longer."""


@contextmanager
def running(*arguments: object, **options: Any) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "edge_app", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options) as process:
        yield process
        process.kill()


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(30)
        yield server


def wait_for_the_program(pid: int) -> None:
    """Wait until Python has started and the program has taken Ctrl-C away from it."""
    before = False
    while True:
        caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        assert caught is not None
        now = bool(int(caught[1], 16) >> (signal.SIGINT - 1) & 1)
        if before and not now:
            return
        before = now


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_says_nothing_does_not_hold_up_a_stop(silent: socket.socket, number: signal.Signals) -> None:
    with running(f"http://127.0.0.1:{silent.getsockname()[1]}/feed", "--headless") as process:
        connection, _ = silent.accept()
        start = time.monotonic()
        process.send_signal(number)
        _, complaint = process.communicate(timeout=SOON_S)
        connection.close()
        assert time.monotonic() - start < 4  # The server's silence would last five seconds and more.
    assert process.returncode == 0
    assert complaint == "edge_app: 0 frames, 0 digits, 0 raw warnings; latency p50 0.0 ms, p95 0.0 ms\n"


@pytest.mark.slow
def test_ctrl_c_while_the_program_starts_leaves_no_traceback(picture: Path, tmp_path: Path) -> None:
    random.seed(0)
    # What measures coverage in a child writes at its end, and would be interrupted there in the app's place.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    for _ in range(20):
        with running(picture, "--headless", "--jsonl", tmp_path / "out.jsonl", env=alone) as process:
            wait_for_the_program(process.pid)
            time.sleep(random.uniform(0, 0.5))
            process.send_signal(signal.SIGINT)
            _, complaint = process.communicate(timeout=SOON_S)
        assert "Traceback" not in complaint
        assert complaint.count("\n") <= 1
        assert process.returncode in {0, 1, -signal.SIGINT}


def test_ctrl_c_after_everything_is_closed_just_ends_the_program(picture: Path) -> None:
    late = "import atexit, runpy, time; atexit.register(lambda: (print('late', flush=True), time.sleep(60)))"
    command = [
        sys.executable,
        "-c",
        f"{late}; runpy.run_module('edge_app', run_name='__main__')",
        picture,
        "--headless",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "late\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=SOON_S)
    assert process.returncode == -signal.SIGINT
    assert complaint.startswith("edge_app: 1 frame, ")
    assert complaint.count("\n") == 1


@pytest.mark.slow
def test_a_stream_that_is_not_there_yet_is_waited_for(serve: Callable[..., Any], page: NDArray[np.uint8]) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]

    def draw(number: int) -> NDArray[np.uint8]:
        return np.clip(page.astype(int) - number % 5, 0, 255).astype(np.uint8)

    with running(f"http://127.0.0.1:{port}/x", "--headless", "--wait", "--max-frames", 2) as process:
        assert process.stderr is not None
        assert process.stderr.readline().endswith("is it running?; waiting for it\n")
        with serve(draw, rate=10, port=port):
            lines, complaint = process.communicate(timeout=60)
    assert process.returncode == 0
    assert lines.count("\n") == 2
    assert complaint.startswith("edge_app: 2 frames, ")


def test_waiting_ends_when_asked(silent: socket.socket) -> None:
    with running(f"http://127.0.0.1:{silent.getsockname()[1]}/x", "--headless", "--wait") as process:
        connection, _ = silent.accept()
        process.terminate()
        process.communicate(timeout=SOON_S)
        connection.close()
    assert process.returncode == 0


def test_what_is_waited_for_comes_back_or_raises_as_it_would() -> None:
    stop = Stop()
    assert stop.wait_for(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        stop.wait_for(lambda: 1 // 0)
    stop.ask()
    with pytest.raises(StoppedError):
        stop.wait_for(threading.Event().wait)
    with pytest.raises(StoppedError):
        stop.pause(60)


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told_that_the_app_started_and_lives(tmp_path: Path, picture: Path, *, abstract: bool) -> None:
    name = f"@{tmp_path}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name.replace("@", "\0"))
        systemd.settimeout(30)
        with running(picture, "--headless", env=os.environ | {"NOTIFY_SOCKET": name}) as process:
            assert systemd.recv(99) == b"READY=1"
            assert systemd.recv(99) == b"WATCHDOG=1"
            process.communicate(timeout=SOON_S)
    assert process.returncode == 0


def test_the_app_goes_on_where_systemd_does_not_listen(picture: Path) -> None:
    with running(picture, "--headless", env=os.environ | {"NOTIFY_SOCKET": "/nowhere/notify"}) as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
