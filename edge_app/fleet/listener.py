"""Hears from the broker what the devices of a fleet tell, and tells one of them something."""

from __future__ import annotations

import secrets
import ssl
import threading
from typing import Any, Final

from paho.mqtt import client as paho

from edge_app.fleet.devices import Fleet
from edge_app.mqtt.address import BrokerAddress
from edge_app.mqtt.connection import Login, make_client
from edge_app.mqtt.discovery import AVAILABILITY, COMMAND, DOUBTFUL, HEALTH, STILL
from edge_app.runtime.errors import EdgeError

KEEPALIVE_S: Final = 10
FIRST_WORD_S: Final = 5.0


class Listener:
    """A connection that comes back by itself."""

    def __init__(self, address: BrokerAddress, login: Login, fleet: Fleet) -> None:
        """Listen to all devices whose topics are one level below the address's prefix.

        Raises:
            EdgeError: the broker cannot be reached or refuses us.
        """
        self._address = address
        self._fleet = fleet
        self._answered = threading.Event()
        self._client = make_client(address, login, f"fleet-{secrets.token_hex(6)}")
        self._client.reconnect_delay_set(1, 5)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        try:
            self._client.connect(address.host, address.port, KEEPALIVE_S)
        except ssl.SSLCertVerificationError as error:
            raise EdgeError(f"{address}: its certificate is not vouched for ({error.verify_message})") from None
        except OSError as error:
            raise EdgeError(f"{address}: {error.strerror or error}; start the broker first") from None
        self._client.loop_start()
        self._answered.wait(FIRST_WORD_S)
        if fleet.trouble is not None:
            self.close()
            raise EdgeError(f"{address}: {fleet.trouble}")

    def tell(self, device: str, command: str, payload: str) -> None:
        """Send a device a command."""
        self._client.publish(self._address.topic(device, COMMAND, command), payload, qos=1)

    def close(self) -> None:
        """Listen no more."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, _: paho.Client, __: Any, ___: Any, code: Any, ____: Any) -> None:
        if code.is_failure:
            self._fleet.trouble = f"refuses the fleet's page ({code})"
        else:
            self._fleet.trouble = None
            for level in (AVAILABILITY, HEALTH, STILL, DOUBTFUL):
                self._client.subscribe(self._address.topic("+", level), qos=0)
        self._answered.set()

    def _on_disconnect(self, _: paho.Client, __: Any, ___: Any, code: Any, ____: Any) -> None:
        self._fleet.trouble = self._fleet.trouble or f"the connection to the broker is lost ({code})"

    def _on_message(self, _: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
        name, level = message.topic.split("/")[-2:]
        self._fleet.hear(name, level, bytes(message.payload), retained=message.retain)
