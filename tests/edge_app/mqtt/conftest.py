"""What the tests of the broker start from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("paho.mqtt", reason="needs the extra mqtt")
sys.path.append(str(Path(__file__).parent))
from rig import MOSQUITTO, Audience, Line, Mosquitto, until


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Start a Mosquitto with these lines in its configuration."""
    if MOSQUITTO is None:
        pytest.skip("no Mosquitto is installed")
    brokers: list[Mosquitto] = []

    def start(*lines: str) -> Mosquitto:
        brokers.append(Mosquitto(tmp_path, *lines))
        return brokers[-1]

    yield start
    for broker in brokers:
        broker.kill()


@pytest.fixture
def broker(start_broker: Callable[..., Mosquitto]) -> Mosquitto:
    return start_broker("allow_anonymous true")


@pytest.fixture
def audience(broker: Mosquitto) -> Iterator[Audience]:
    audience = Audience(broker.port)
    yield audience
    audience.close()


@pytest.fixture
def line(broker: Mosquitto) -> Iterator[Line]:
    line = Line(broker.port)
    yield line
    line.close()


@pytest.fixture
def wait() -> Callable[..., None]:
    """Wait until a condition holds."""
    return until
