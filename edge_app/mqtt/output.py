"""The broker as one of the app's outputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge_app.mqtt.address import BrokerAddress, read_password
from edge_app.mqtt.connection import Connection, Login
from edge_app.mqtt.device import Device
from edge_app.mqtt.discovery import READINGS
from edge_app.mqtt.events import Newsroom
from edge_app.mqtt.outbox import Message, Outbox
from edge_app.outputs import Files, Run, encode_reading
from edge_app.result import FrameResult
from edge_app.runtime.bundle import Bundle

FRAMES = "frames"


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that hears what is read.

    Attributes:
        address: where it is.
        password: the file of the password; None for the environment's, if there is one.
        authority: a PEM file that vouches for the broker's certificate; None for the system's.
        queue: the file that keeps what is not delivered; None for memory.
        frames: whether every frame's raw reading is told as well.
        doubtful: whether pictures of the last doubtful digits are published.
    """

    address: BrokerAddress
    password: Path | None = None
    authority: Path | None = None
    queue: Path | None = None
    frames: bool = False
    doubtful: bool = False

    @property
    def files(self) -> Files | None:
        """The queue's file."""
        return None if self.queue is None else Files(self.queue)

    def open(self, run: Run) -> BrokerSink:
        """Connect.

        Raises:
            EdgeError: a file cannot be used, or the broker refuses the device.
        """
        login = Login(read_password(self.password), self.authority)
        device = Device(self.address, run, doubtful=self.doubtful)
        connection = Connection(device, login, Outbox(self.queue))
        return BrokerSink(device, connection, run.manifest.labels, frames=self.frames)


class BrokerSink:
    """Hands over what is news, and never waits for the broker."""

    def __init__(self, device: Device, connection: Connection, labels: tuple[str, ...], *, frames: bool) -> None:
        """Tell through `connection`; see `Broker.open`."""
        self._device = device
        self._connection = connection
        self._labels = labels
        self._frames = frames
        self._newsroom = Newsroom(labels)

    def take(self, result: FrameResult) -> None:
        """Tell what is new in a frame, unless somebody froze the device."""
        self._device.board.post(result)
        if self._device.frozen:
            return
        for event in self._newsroom.news(result):
            self._put(READINGS, msgspec.json.encode(event))
        if self._frames:
            self._put(FRAMES, encode_reading(result, result.raw, self._labels).rstrip())

    def notice(self, text: str) -> None:
        """Let the device's health say why there is no frame."""
        self._device.board.notice(text)

    def bundle(self, bundle: Bundle) -> None:
        """Let the device's health name another bundle."""
        self._device.bundle = bundle.digest

    def close(self) -> None:
        """Deliver the rest, and part."""
        self._connection.close()

    def _put(self, level: str, payload: bytes) -> None:
        self._connection.put(Message(self._device.address.topic(level), payload))
