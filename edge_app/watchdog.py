"""Tells systemd that the app is alive, so that one that hangs is started anew.

The protocol is sd_notify's: one datagram a state, to the Unix socket that NOTIFY_SOCKET names
(https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html).
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from typing import Final

EVERY_S: Final = 1.0


class Watchdog:
    """What systemd listens to; where nobody listens, nothing is said."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._said_s = -EVERY_S

    def ready(self) -> None:
        """Say that the app has started."""
        self._say(b"READY=1")

    def beat(self) -> None:
        """Say that the app is alive, at most once a second."""
        now = time.monotonic()
        if now - self._said_s >= EVERY_S:
            self._said_s = now
            self._say(b"WATCHDOG=1")

    def _say(self, state: bytes) -> None:
        if self._address:
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
                unix.settimeout(0)
                unix.sendto(state, self._address.replace("@", "\0", 1) if self._address[0] == "@" else self._address)
