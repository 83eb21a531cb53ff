"""Cameras that fail: a real server of a motion JPEG stream that dies, goes silent, sends rubbish, and comes back."""

from __future__ import annotations

import http.server
import os
import random
import threading
import time
from pathlib import Path

import cv2
import numpy as np
from guarded import Bounds
from hunt import Attempt

from edge_app.commands.dispatch import run_command

PAGE = Path(__file__).parents[2] / "edge_app" / "demo" / "page.jpg"
FRAMES = 8
FAULTS = ("none", "closes", "silent", "rubbish", "half", "black", "frozen", "refuses", "other size")


class Sources:
    """Each attempt reads a stream with three faults in a row, until enough of its frames are read."""

    name = "source failures"
    bounds = Bounds(seconds=120.0, processor=20.0)

    def prepare(self, folder: Path) -> None:
        """Draw the page that the stream shows."""
        self._page = np.asarray(cv2.imread(str(PAGE)), np.uint8)
        (folder / "mine.txt").write_text("mine")

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Choose the faults; after them the stream is sound."""
        faults = [rng.choice(FAULTS) for _ in range(3)]
        lines = folder.parent / "out.jsonl"

        def run() -> int:
            lines.unlink(missing_ok=True)
            with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._page, faults)) as server:
                threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
                address = f"http://127.0.0.1:{server.server_port}/stream"
                status = run_command(
                    [address, "--headless", "--wait", "--max-frames", str(FRAMES), "--jsonl", str(lines)]
                )
            count = lines.read_bytes().count(b"\n")
            if count != FRAMES:
                raise AssertionError(count)
            os._exit(status)  # The server's threads may still be busy with a fault.

        return Attempt(run, repr(faults).encode(), ".faults", frozenset({0}))


def _handler(page: np.ndarray, faults: list[str]) -> type[http.server.BaseHTTPRequestHandler]:
    remaining = iter(faults)

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Hunts are quiet."""

        def do_GET(self) -> None:
            fault = next(remaining, "none")
            if fault == "refuses":
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            try:
                for number in range(1_000_000):
                    self.wfile.write(_part(page, number, fault))
                    if number == 3 and fault in {"closes", "half", "rubbish"}:
                        return
                    time.sleep(0.05 if fault != "silent" or number < 3 else 8.0)
                    if number > 60 and fault in {"silent", "black", "frozen"}:
                        return
            except OSError:
                pass

    return Handler


def _part(page: np.ndarray, number: int, fault: str) -> bytes:
    """One picture of the stream, with its head; a light that flickers makes each another."""
    picture = np.clip(page.astype(int) - (0 if fault == "frozen" else number % 5), 0, 255).astype(np.uint8)
    if fault == "black":
        picture //= 60
    if fault == "other size" and number > 3:
        picture = np.asarray(cv2.resize(picture, (320, 240)), np.uint8)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
    if number == 3 and fault == "half":
        jpeg = jpeg[: len(jpeg) // 2]
    if number == 3 and fault == "rubbish":
        return os.urandom(5_000)
    return head + jpeg + b"\r\n"
