"""A fleet's page over a real broker and simulated devices."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("paho.mqtt", reason="needs the extra mqtt")
pytest.importorskip("aiohttp", reason="needs the extra web")
sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "mqtt")]
from rig import MOSQUITTO, Mosquitto
from simulated import Pretended, Simulated

from edge_app.fleet.devices import Fleet
from edge_app.fleet.listener import Listener
from edge_app.fleet.site import FleetSite
from edge_app.mqtt.address import read_address
from edge_app.mqtt.connection import Login
from edge_app.web.access import Access, load_password_hash, save_password
from edge_app.web.server import Address, Server

PASSWORD = "correct horse battery"  # noqa: S105 - of the tests


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    if MOSQUITTO is None:
        pytest.skip("no Mosquitto is installed")
    broker = Mosquitto(tmp_path, "allow_anonymous true")
    yield broker
    broker.kill()


@pytest.fixture
def simulate(broker: Mosquitto) -> Iterator[Callable[..., Simulated]]:
    """Let devices live: `simulate(Pretended("attic"), ...)`."""
    running: list[Simulated] = []

    def start(*devices: Pretended) -> Simulated:
        running.append(Simulated(broker.port, list(devices)))
        return running[-1]

    yield start
    for simulated in running:
        simulated.close()


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


@pytest.fixture
def served(broker: Mosquitto, fleet: Fleet, tmp_path: Path) -> Iterator[Any]:
    save_password(tmp_path / "password", PASSWORD)
    listener = Listener(read_address(f"mqtt://127.0.0.1:{broker.port}/bayes-edge"), Login(None, None), fleet)
    access = Access(load_password_hash(tmp_path / "password"))
    server = Server(FleetSite(fleet, listener.tell), access, Address("127.0.0.1", 0), None)
    yield server
    server.close()
    listener.close()
