"""What holds for all tests, and what every room may need: a real browser, a real cluster."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("untimed", deadline=None)  # A machine that tests may be busy: no test asserts a time.
settings.register_profile("quick", deadline=None, max_examples=10)  # what `make quick` runs with
settings.load_profile("untimed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The installed Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright, which drives the browser")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Cluster:
    """A scheduler and two workers, each a process that a test may kill."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler: subprocess.Popen[bytes]
        self.workers: list[subprocess.Popen[bytes]] = []
        self.start()

    def start(self) -> None:
        self.scheduler = self._run("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        for _ in range(2):
            self.workers.append(self._run("dask_worker", self.address, "--nthreads", "1", "--no-nanny"))

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{arguments[0]}", *arguments[1:], "--no-dashboard"]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def close(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A Dask scheduler and two workers of one thread."""
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    cluster = Cluster()
    yield cluster
    cluster.close()
