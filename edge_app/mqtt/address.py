"""Where a broker is, who asks, and under which prefix this device's topics are."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from edge_app.runtime.errors import EdgeError

PASSWORD: Final = "BAYES_EDGE_MQTT_PASSWORD"  # noqa: S105 - the variable's name
PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
EXPECTED: Final = "expected mqtt[s]://[USER@]HOST[:PORT][/PREFIX]"
LARGEST_PASSWORD: Final = 1000


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker.

    Attributes:
        tls: whether the connection is encrypted and the broker's certificate checked.
        host: its name or number.
        port: likewise.
        user: who asks; None for nobody.
        prefix: the first levels of this device's topics, without a slash at the end.
    """

    tls: bool
    host: str
    port: int
    user: str | None
    prefix: str

    def __str__(self) -> str:
        """Name it without the user."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mqtt{'s' * self.tls}://{host}:{self.port}"

    @property
    def device(self) -> str:
        """The device's name among all at the broker, of letters, digits, `-` and `_`."""
        return re.sub(r"[^0-9A-Za-z_-]", "-", self.prefix)

    def topic(self, *levels: str) -> str:
        """Give one of this device's topics."""
        return "/".join((self.prefix, *levels))


def read_address(text: str, *, prefix: str | None = None) -> BrokerAddress:
    """Read an address; without a prefix it is this one, or else `bayes-edge/` and this computer's name.

    Raises:
        ValueError: it is none, or holds a password, which other users of the computer could see.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(EXPECTED) from None
    if parts.password is not None:
        raise ValueError(
            f"found a password, which others can see; name its file with --mqtt-password or set {PASSWORD}"
        )
    if parts.scheme not in PORTS or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(EXPECTED)
    prefix = unquote(parts.path).strip("/") or prefix or f"bayes-edge/{socket.gethostname()}"
    if not prefix.isprintable() or re.search(r"[+#\s]|//", prefix):
        raise ValueError(f"found prefix {prefix!r}, expected one without +, #, spaces and empty levels")
    user = None if parts.username is None else unquote(parts.username)
    return BrokerAddress(parts.scheme == "mqtts", parts.hostname, port or PORTS[parts.scheme], user, prefix)


def read_password(path: Path | None) -> str | None:
    """Read the password from a file's first line, or else from the environment; None where neither has one.

    Raises:
        EdgeError: the file cannot be read.
    """
    if path is None:
        return os.environ.get(PASSWORD)
    try:
        with path.open() as file:
            return file.readline(LARGEST_PASSWORD).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise EdgeError(
            f"{path}: cannot be read ({reason}); expected the broker's password on its first line"
        ) from None
