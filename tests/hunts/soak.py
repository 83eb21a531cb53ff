"""Runs the app for long beside a camera that dies and returns: python tests/hunts/soak.py [--minutes 30].

The camera sends 300 frames a second, ten times its own rate. Browsers come, look at the live page and go, where the
extra web is installed. In the last third of the time the app must hold no more memory, handles and threads than in the
second, and end when it is asked to; a row in the form of FIGURES.md's table, exit status 1 when it does not.
"""

from __future__ import annotations

import argparse
import http.client
import http.server
import importlib.util
import itertools
import json
import multiprocessing
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import numpy as np

PAGE = Path(__file__).parents[2] / "edge_app" / "demo" / "page.jpg"
RATE = 300
SWAY = 16
"""How far the page moves to either side, in pixels."""
LOOK_S = 1.0
VIEWERS = 3
MORE_MB = 10.0
MORE_HANDLES = 8
MORE_THREADS = 2
END_S = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the app holds: resident megabytes, open handles, threads."""

    megabytes: float
    handles: int
    threads: int


def serve_camera(ready: Connection) -> None:
    """Serve a motion JPEG stream; each connection lasts some seconds and ends in a fault, by chance."""
    page = np.asarray(cv2.imread(str(PAGE)), np.uint8)
    wide = np.pad(page, ((0, 0), (SWAY, SWAY), (0, 0)), mode="edge")
    lefts = [SWAY + round(SWAY * np.sin(number / 10)) for number in range(63)]
    pictures = [cv2.imencode(".jpg", wide[:, left : left + page.shape[1]])[1].tobytes() for left in lefts]
    rng = random.Random(0)

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """A soak is quiet."""

        def do_GET(self) -> None:
            fault = rng.choice(("closes", "refuses", "silent", "half"))
            if fault == "refuses":
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            end = time.monotonic() + rng.uniform(5.0, 25.0)
            with suppress(OSError):
                for picture in itertools.cycle(pictures):
                    head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n".encode()
                    if time.monotonic() > end:
                        self.wfile.write(head + picture[: len(picture) // 2] if fault == "half" else b"")
                        time.sleep(8.0 if fault == "silent" else 0.0)
                        return
                    self.wfile.write(head + picture + b"\r\n")
                    time.sleep(1 / RATE)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        ready.send(server.server_port)
        server.serve_forever()


def look_at(address: str, ended: threading.Event, rng: random.Random) -> None:
    """Be a browser that opens the live page's stream for some seconds, again and again."""
    while not ended.wait(rng.uniform(0.5, 2.0)):
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(address, timeout=5)
            connection.request("GET", "/stream.mjpg")
            stream = connection.getresponse()
            for _ in range(rng.randrange(200)):
                if not stream.read(16_384) or ended.is_set():
                    break
            connection.close()


def hold(pid: int) -> Sample:
    """Look at what a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    resident, threads = (int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1]) for name in ("VmRSS", "Threads"))
    return Sample(resident / 1000, len(list(Path(f"/proc/{pid}/fd").iterdir())), threads)


def count_lines(lines: Iterator[bytes], counted: list[int]) -> None:
    """Count the app's readings; one that is no JSON ends the soak."""
    for line in lines:
        json.loads(line)
        counted[0] += 1


def soak(minutes: float) -> tuple[str, list[str]]:
    """Run, and give the table's row and what is wrong."""
    mine, theirs = multiprocessing.Pipe()
    camera = multiprocessing.Process(target=serve_camera, args=(theirs,), daemon=True)
    camera.start()
    web = importlib.util.find_spec("aiohttp") is not None
    command = [sys.executable, "-m", "edge_app", f"http://127.0.0.1:{mine.recv()}/stream", "--headless", "--wait"]
    command += ["--jsonl", "-", *(["--web", "127.0.0.1:0"] if web else [])]
    samples, counted, told, ended = list[Sample](), [0], list[str](), threading.Event()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as app:
        threading.Thread(target=count_lines, args=(iter(app.stdout), counted), daemon=True).start()
        threading.Thread(target=lambda: told.extend(line.decode() for line in app.stderr), daemon=True).start()
        end = time.monotonic() + 60 * minutes
        while web and not (address := _address(told)) and app.poll() is None and time.monotonic() < end:
            time.sleep(LOOK_S)
        viewers = [
            threading.Thread(target=look_at, args=(address, ended, random.Random(n)), daemon=True)
            for n in range(VIEWERS if web else 0)
        ]
        for viewer in viewers:
            viewer.start()
        while time.monotonic() < end and app.poll() is None:
            samples.append(hold(app.pid))
            time.sleep(LOOK_S)
        ended.set()
        app.send_signal(signal.SIGTERM)
        try:
            status: int | None = app.wait(END_S)
        except subprocess.TimeoutExpired:
            app.kill()
            status = None
    camera.terminate()
    lost = sum("; trying again in" in line for line in told)
    before, after = _usual(samples[len(samples) // 3 : 2 * len(samples) // 3]), _usual(samples[2 * len(samples) // 3 :])
    row = (
        f"| {minutes:g} min | {counted[0]:,} | {lost} | {len(viewers)} "
        f"| {before.megabytes:.0f} -> {after.megabytes:.0f} MB "
        f"| {before.handles} -> {after.handles} | {before.threads} -> {after.threads} |"
    )
    wrong = _more(before, after)
    if status != 0:
        wrong.append(f"the end: found status {status}, expected 0 within {END_S:g} s")
    if not counted[0]:
        wrong.append("found no frame")
    return row, wrong


def _address(told: list[str]) -> str | None:
    """Find where the live page is in what the app says."""
    return next((found[1] for line in told if (found := re.search(r"live page: http://([^/\s]+)", line))), None)


def _usual(samples: list[Sample]) -> Sample:
    return Sample(
        statistics.median(sample.megabytes for sample in samples),
        round(statistics.median(sample.handles for sample in samples)),
        round(statistics.median(sample.threads for sample in samples)),
    )


def _more(before: Sample, after: Sample) -> list[str]:
    return [
        f"{what}: found {found:g} in the last third, expected at most {most:g}"
        for what, found, most in (
            ("megabytes", after.megabytes, before.megabytes + MORE_MB),
            ("handles", after.handles, before.handles + MORE_HANDLES),
            ("threads", after.threads, before.threads + MORE_THREADS),
        )
        if found > most
    ]


def main() -> int:
    """Soak as the command line says."""
    parser = argparse.ArgumentParser(prog="tests/hunts/soak.py", description="Run the app for long.")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default 30)")
    row, wrong = soak(parser.parse_args().minutes)
    print("| soak | frames | source lost | viewers | memory | handles | threads |\n|---|---|---|---|---|---|---|")
    print(row)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
