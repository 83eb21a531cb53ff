"""Devices of a fleet without cameras: each has a connection of its own to a real broker, and tells of its health."""

from __future__ import annotations

import random
import selectors
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge_app.mqtt.health import Health
from edge_app.runtime.drift import Drift
from edge_app.updates.follow import Standing
from edge_app.updates.shelf import Warned

HEALTH_S = 2.0


@dataclass
class Pretended:
    """What a simulated device tells."""

    name: str
    bundle: str = "a" * 64
    number: int | None = None
    on_trial: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    rate: float = 15.0
    warned: float = 0.03
    evidence: float = 0.0
    reason: str | None = None
    digits: int = 0
    warnings: int = 0

    def health(self, rng: random.Random) -> Health:
        """Read on for two seconds."""
        fresh = round(HEALTH_S * self.rate * 3)
        self.digits += fresh
        self.warnings += sum(rng.random() < self.warned for _ in range(fresh))
        alarmed_at = 1 if self.evidence >= 3 else None
        return Health(
            healthy=self.reason is None,
            reason=self.reason,
            frozen=False,
            unlike=alarmed_at is not None,
            source=f"{time.monotonic()}",
            bundle=self.bundle,
            frames_per_second=self.rate,
            latency_ms=20.0,
            frames=self.digits // 3,
            digits=self.digits,
            warnings=self.warnings,
            drift=Drift(self.digits, self.evidence, alarmed_at),
            celsius=50.0,
            limits=(),
            waiting=0,
            dropped=0,
            bundles=Standing(self.number, self.on_trial, Warned(self.digits, self.warnings), self.refused),
        )


class Simulated:
    """Many devices on one thread."""

    def __init__(self, port: int, devices: list[Pretended], prefix: str = "bayes-edge") -> None:
        self.told = 0
        self.obeyed: list[tuple[str, str]] = []
        self._prefix = prefix
        self._selector = selectors.DefaultSelector()
        self._ending = threading.Event()
        self._rng = random.Random(0)
        self._clients = [self._connect(port, device) for device in devices]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self, name: str) -> None:
        """Let a device vanish without a good-bye."""
        for device, client, _ in self._clients:
            if device.name == name:
                self._selector.unregister(client.socket())
                client.socket().close()
        self._clients = [entry for entry in self._clients if entry[0].name != name]

    def publish(self, name: str, level: str, payload: bytes) -> None:
        client = next(client for device, client, _ in self._clients if device.name == name)
        client.publish(f"{self._prefix}/{name}/{level}", payload, retain=True)
        client.loop_write()

    def close(self) -> None:
        self._ending.set()
        self._thread.join()
        for _, client, _ in self._clients:
            connection = client.socket()
            client.disconnect()
            if connection is not None:  # nobody reads the broker's answer, upon which paho would close it
                connection.close()

    def _connect(self, port: int, device: Pretended) -> tuple[Pretended, paho.Client, list[float]]:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"{self._prefix}-{device.name}")
        topic = f"{self._prefix}/{device.name}"
        client.will_set(f"{topic}/availability", "offline", retain=True)

        def greet(*_: object) -> None:
            client.subscribe(f"{topic}/command/+")
            client.publish(f"{topic}/availability", "online", retain=True)

        def obey(_: object, __: object, message: paho.MQTTMessage) -> None:
            self.obeyed.append((device.name, message.topic.rpartition("/")[2]))

        client.on_connect = greet
        client.on_message = obey
        client.connect("127.0.0.1", port, 60)
        self._selector.register(client.socket(), selectors.EVENT_READ, client)
        return device, client, [time.monotonic() + self._rng.uniform(0, HEALTH_S)]

    def _run(self) -> None:
        while not self._ending.is_set():
            for key, _ in self._selector.select(0.02):
                key.data.loop_read()
            now = time.monotonic()
            for device, client, due in list(self._clients):
                if now >= due[0] and client.is_connected():
                    due[0] += HEALTH_S
                    content = msgspec.json.encode(device.health(self._rng))
                    client.publish(f"{self._prefix}/{device.name}/health", content, retain=True)
                    self.told += 1
                if client.want_write():
                    client.loop_write()


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
