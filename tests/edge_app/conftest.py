"""What several tests of the app need: a page of digits, the shipped bundle, and the program itself."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.commands.speed import demo_page
from edge_app.options import DEFAULT_BUNDLE
from edge_app.outputs import Run
from edge_app.reader import Reader, open_classifier
from edge_app.result import FrameResult
from edge_app.runtime.classifier import Classifier
from edge_app.sources import Frame, SourceKind
from edge_app.sources.open import DEMO

RunApp = Callable[..., subprocess.CompletedProcess[str]]


class MjpegServer:
    """A real server of a motion JPEG stream on loopback.

    Args:
        draw: gives picture number n, uint8 [H, W, 3].
        rate: pictures a second.
        port: 0 for any free one.

    Attributes:
        shown: number of the newest picture.
    """

    def __init__(self, draw: Callable[[int], NDArray[np.uint8]], rate: float, port: int = 0) -> None:
        self.shown = 0
        self._end = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
                self.end_headers()
                try:
                    while not outer._end.wait(1 / rate):
                        outer.shown += 1
                        jpeg = cv2.imencode(".jpg", draw(outer.shown))[1].tobytes()
                        head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                        self.wfile.write(head.encode() + jpeg + b"\r\n")
                except OSError:
                    pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.address = f"http://127.0.0.1:{self.port}/stream"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="session")
def page() -> NDArray[np.uint8]:
    """A page with three digits, 640 x 480."""
    return demo_page()


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return open_classifier(DEFAULT_BUNDLE, threads=1)


@pytest.fixture(scope="session")
def clip() -> Path:
    return DEMO


@pytest.fixture
def picture(tmp_path: Path, page: NDArray[np.uint8]) -> Path:
    path = tmp_path / "page.png"
    cv2.imwrite(str(path), page)
    return path


@pytest.fixture
def run_app() -> RunApp:
    """Run `python -m edge_app` as a user does."""

    def run(*arguments: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "edge_app", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)

    return run


@pytest.fixture
def serve() -> type[MjpegServer]:
    """What makes a motion JPEG server."""
    return MjpegServer


@pytest.fixture
def result(page: NDArray[np.uint8], classifier: Classifier) -> FrameResult:
    """The demo page, read once."""
    return Reader(classifier).read(Frame(page, 0.0))


@pytest.fixture
def make_run(classifier: Classifier) -> Callable[..., Run]:
    def make(**changed: Any) -> Run:
        known: dict[str, Any] = {
            "source": "a camera",
            "digest": "d" * 64,
            "manifest": classifier.manifest,
            "kind": SourceKind.LIVE,
            "rate": 15.0,
            "frames": None,
            "threads": 1,
            "use_threads": lambda _: None,
        }
        return Run(**known | changed)

    return make
