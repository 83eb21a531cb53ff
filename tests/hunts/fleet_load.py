"""A thousand simulated devices at one Mosquitto: python tests/hunts/fleet_load.py [--devices N] [--seconds S].

Each has a connection of its own and tells of its health every two seconds. Printed is the processor time of the broker
and of the fleet's page, which one browser looks at, and how long a word takes from a device to the page's memory.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path
from statistics import median, quantiles
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "edge_app" / "fleet"))
sys.path.append(str(Path(__file__).parents[1] / "edge_app" / "mqtt"))
from rig import Mosquitto
from simulated import Pretended, Simulated, until

from edge_app.fleet.devices import Fleet, Query, State
from edge_app.fleet.listener import Listener
from edge_app.mqtt.address import read_address
from edge_app.mqtt.connection import Login

PORT = "127.0.0.1:8793"


class Timed(Fleet):
    """Notes how old each word is that it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.delays: list[float] = []

    def hear(self, name: str, level: str, payload: bytes, *, retained: bool) -> None:
        if level == "health" and not retained:
            sent = payload.split(b'"source":"', 1)[1].split(b'"', 1)[0]
            self.delays.append(time.monotonic() - float(sent))
        super().hear(name, level, payload, retained=retained)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests/hunts/fleet_load.py", description="Measure a large fleet.")
    parser.add_argument("--devices", type=int, default=1000, help="how many (default 1,000)")
    parser.add_argument("--seconds", type=int, default=60, help="for how long (default 60)")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory() as scratch:
        broker = Mosquitto(Path(scratch), "allow_anonymous true", "max_connections -1")
        address = f"mqtt://127.0.0.1:{broker.port}/bayes-edge"
        command = [sys.executable, "-m", "edge_app", "fleet", "--mqtt", address, "--web", PORT]
        page = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        fleet = Timed()
        listener = Listener(read_address(address), Login(None, None), fleet)
        simulated = Simulated(broker.port, [Pretended(f"pi-{number:05}") for number in range(options.devices)])
        try:
            until(lambda: fleet.overview(Query()).states[State.ALIVE] == options.devices, 120)
            until(_answers, 60)
            _look()
            time.sleep(5)
            fleet.delays.clear()
            before = _busy(broker._process.pid), _busy(page.pid), simulated.told, time.monotonic()
            time.sleep(options.seconds)
            seconds = time.monotonic() - before[3]
            busy = [_busy(pid) - was for pid, was in zip((broker._process.pid, page.pid), before, strict=False)]
            delays = sorted(fleet.delays)
            states = Counter(fleet.overview(Query()).states)
            print(
                f"{options.devices} devices, {states[State.ALIVE]} alive, {(simulated.told - before[2]) / seconds:.0f} "
                f"words a second\n"
                f"Mosquitto: {100 * busy[0] / seconds:.1f} % of a core; the fleet's page, one browser: "
                f"{100 * busy[1] / seconds:.1f} % of a core, {_resident_mb(page.pid):.0f} MB\n"
                f"from a device to the page's memory: median {1000 * median(delays):.1f} ms, p95 "
                f"{1000 * quantiles(delays, n=20)[-1]:.1f} ms, longest {1000 * delays[-1]:.0f} ms; {len(delays)} words"
            )
        finally:
            simulated.close()
            listener.close()
            page.kill()
            broker.kill()


def _answers() -> bool:
    try:
        urllib.request.urlopen(f"http://{PORT}/health", timeout=5).close()
    except OSError:
        return False
    return True


def _look() -> None:
    """Look at the page's events as a browser does."""

    def read() -> None:
        with urllib.request.urlopen(f"http://{PORT}/events") as events:
            while events.readline():
                pass

    threading.Thread(target=read, daemon=True).start()


def _stat(pid: int) -> list[Any]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _busy(pid: int) -> float:
    """Processor time so far, seconds."""
    return (int(_stat(pid)[11]) + int(_stat(pid)[12])) / 100


def _resident_mb(pid: int) -> float:
    return int(_stat(pid)[21]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
