"""What this device tells of itself, and what it does when it is told something."""

from __future__ import annotations

import time
from typing import Final

import cv2
import msgspec

from edge_app.board import Board
from edge_app.mqtt.address import BrokerAddress
from edge_app.mqtt.discovery import COMMAND, DOUBTFUL, HEALTH, STILL, discovery_message
from edge_app.mqtt.health import Health, describe_health
from edge_app.mqtt.outbox import Message
from edge_app.mqtt.strip import encode_strip
from edge_app.outputs import Run
from edge_app.overlay import View

PICTURES_S: Final = 10.0
"""New pictures are published at most so often."""
HEALTH_S: Final = 2.0
"""Health is told so often: a device that is cut off is known to be within five seconds, before its broker says so."""


class Device:
    """The loop's thread leaves results on the board, the connection's thread asks and commands.

    Attributes:
        address: the broker's, and the device's topics there.
        board: where the loop leaves results.
        frozen: whether somebody asked for no readings for now.
        bundle: digest of the bundle that reads.
    """

    def __init__(self, address: BrokerAddress, run: Run, *, doubtful: bool) -> None:
        """Begin without a frame; `doubtful` says whether pictures of doubtful digits are published."""
        self.address = address
        self.board = Board()
        self.frozen = False
        self._source = run.source
        self.bundle = run.digest
        self._bundles = run.bundles
        self._view = View(run.manifest)
        self._told: Health | None = None
        self._told_s = 0.0
        self._doubtful = doubtful
        self._pictured: tuple[int, ...] = ()
        self._pictured_s = -PICTURES_S

    @property
    def commands(self) -> str:
        """The topics of commands, as a filter."""
        return self.address.topic(COMMAND, "+")

    def greeting(self) -> list[Message]:
        """Say what is to be known of the device; retained."""
        self._told = None
        return [discovery_message(self.address)]

    def news(self, *, waiting: int, dropped: int) -> list[Message]:
        """Say what has changed, to be retained: health, and pictures of doubtful digits where they are published."""
        told = (self._health(waiting=waiting, dropped=dropped), self._pictures() if self._doubtful else None)
        return [message for message in told if message is not None]

    def _health(self, *, waiting: int, dropped: int) -> Message | None:
        """Say how the device is; None where that was said within two seconds and nothing has changed for people."""
        now = describe_health(
            self.board,
            source=self._source,
            bundle=self.bundle,
            standing=None if self._bundles is None else self._bundles.standing,
            frozen=self.frozen,
            waiting=waiting,
            dropped=dropped,
        )
        news = self._told is None or now.for_people != self._told.for_people
        if not news and time.monotonic() - self._told_s < HEALTH_S:
            return None
        self._told, self._told_s = now, time.monotonic()
        return Message(self.address.topic(HEALTH), msgspec.json.encode(now))

    def _pictures(self) -> Message | None:
        """Give the last doubtful digits in one picture; None where they are the same, or were given a moment ago."""
        if time.monotonic() - self._pictured_s < PICTURES_S:
            return None
        seen = self.board.doubtful()
        tracks = tuple(digit.track for digit in seen)
        if not seen or tracks == self._pictured:
            return None
        self._pictured, self._pictured_s = tracks, time.monotonic()
        return Message(self.address.topic(DOUBTFUL), encode_strip([digit.crop for digit in seen]))

    def obey(self, topic: str, payload: bytes) -> Message | None:
        """Do what is asked; what is not understood is left. A still is given back, to be retained."""
        command = topic.rpartition("/")[2]
        if command == "frozen" and payload in {b"ON", b"OFF"}:
            self.frozen = payload == b"ON"
        if command == "bundle" and self._bundles is not None:
            self._bundles.begin_update()
        result = self.board.result
        if command != "still" or result is None:
            return None
        _, encoded = cv2.imencode(".jpg", self._view.show(result, time.monotonic()))
        return Message(self.address.topic(STILL), encoded.tobytes())
