"""A thread that keeps the connection to the broker: it delivers, hears commands, and connects again."""

from __future__ import annotations

import select
import sqlite3
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from edge_app.mqtt.address import BrokerAddress
from edge_app.mqtt.device import Device
from edge_app.mqtt.discovery import AVAILABILITY, OFFLINE, ONLINE
from edge_app.mqtt.outbox import Message, Outbox
from edge_app.options import report
from edge_app.runtime.errors import EdgeError

KEEPALIVE_S: Final = 2
"""The broker gives a silent device up after one and a half times as long, when it looks: Mosquitto does every 5 s."""
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 2.0
TICK_S: Final = 0.05
FIRST_WORD_S: Final = 5.0
"""How long the app waits at its start for the broker's first word."""
LAST_WORDS_S: Final = 1.0
"""How long it delivers at its end what is left."""
PENDING: Final = 1000
"""Messages that wait for the thread to put them into the outbox, at most."""
UNDER_WAY: Final = 20


@dataclass(frozen=True, slots=True)
class Login:
    """With what the device comes to the broker.

    Attributes:
        password: None for none.
        authority: a PEM file of certificates that vouch for the broker's; None for the system's.
    """

    password: str | None
    authority: Path | None


class Connection:
    """Delivers messages at least once, each in its turn; whoever hands one over never waits.

    Attributes:
        dropped: how many messages made room for newer ones.
    """

    def __init__(self, device: Device, login: Login, outbox: Outbox) -> None:
        """Connect, and go on when the broker has answered, or has had five seconds to.

        Raises:
            EdgeError: the broker refuses the device, its certificate is not vouched for, or `login` names no
                certificates. A broker that cannot be reached is waited for.
        """
        self.dropped = 0
        self._device = device
        self._outbox = outbox
        self._pending: deque[Message] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._answered = threading.Event()
        self._connected = False
        self._refusal: str | None = None
        self._trouble: str | None = None
        self._under_way: dict[int, int] = {}
        self._client = self._make_client(login)
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)
        self._thread.start()
        self._answered.wait(FIRST_WORD_S)
        if self._refusal is not None:
            self._closing.set()
            self._thread.join()
            outbox.close()
            raise EdgeError(f"{device.address}: {self._refusal}")

    def put(self, message: Message) -> None:
        """Hand a message over."""
        with self._lock:
            self._pending.append(message)
            if len(self._pending) > PENDING:
                self._pending.popleft()
                self._drop(1)

    def close(self) -> None:
        """Deliver what can be delivered within a second, say good-bye, and keep the rest."""
        self._closing.set()
        self._thread.join(2 * LAST_WORDS_S)
        if self._thread.is_alive():
            return  # it hangs in the system's resolver or connect; the outbox is its own
        self._outbox.close()
        if self.dropped:
            report(f"{self._device.address}: {self.dropped} messages were dropped, for the queue was full")

    def _make_client(self, login: Login) -> paho.Client:
        address = self._device.address
        client = make_client(address, login, address.device)
        client.max_inflight_messages_set(UNDER_WAY)
        client.will_set(address.topic(AVAILABILITY), OFFLINE, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._closing.is_set():
            try:
                self._client.connect(self._device.address.host, self._device.address.port, KEEPALIVE_S)
                if self._serve():
                    pause = FIRST_PAUSE_S
            except ssl.SSLCertVerificationError as error:
                self._say(f"its certificate is not vouched for ({error.verify_message})", refused=True)
            except OSError as error:
                self._say(error.strerror or str(error))
            except sqlite3.Error as error:  # a full or broken disk
                self._connected = False
                self._say(f"the queue cannot be used ({error})")
            self._keep_pending()
            self._closing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        self._keep_pending()

    def _serve(self) -> bool:
        """Deliver as long as the connection holds; tells whether there was one."""
        served = False
        while self._exchange():
            self._keep_pending()
            if self._connected:
                served = True
                self._deliver()
            if self._closing.is_set():
                self._part()
                break
        self._connected = False
        if not self._closing.is_set() and served:
            self._say("the connection is lost")
        return served

    def _exchange(self) -> bool:
        """Read and write what there is, waiting for it a moment; tells whether the connection holds."""
        client = self._client
        connection = client.socket()
        if connection is None:
            return False
        try:
            select.select([connection], [connection] if client.want_write() else [], [], TICK_S)
        except (OSError, ValueError):  # closed meanwhile
            return False
        steps = (client.loop_read, client.loop_write, client.loop_misc)
        return all(step() is MQTTErrorCode.MQTT_ERR_SUCCESS for step in steps)

    def _deliver(self) -> None:
        for news in self._device.news(waiting=len(self._outbox), dropped=self.dropped):
            self._retain(news)
        for number, message in self._outbox.take(UNDER_WAY - len(self._under_way)):
            self._under_way[self._client.publish(message.topic, message.payload, qos=1).mid] = number

    def _part(self) -> None:
        end = time.monotonic() + LAST_WORDS_S
        while self._connected and len(self._outbox) and time.monotonic() < end:
            self._deliver()
            if not self._exchange():
                return
        if self._connected:
            self._retain(Message(self._device.address.topic(AVAILABILITY), OFFLINE))
            self._exchange()
        self._client.disconnect()

    def _keep_pending(self) -> None:
        with self._lock:
            fresh = list(self._pending)
            self._pending.clear()
        if not fresh:
            return
        try:
            self._drop(self._outbox.put(fresh))
        except sqlite3.Error as error:
            self._drop(len(fresh))
            self._say(f"the queue cannot be written ({error})")

    def _drop(self, count: int) -> None:
        if count and not self.dropped:
            report(f"{self._device.address}: the queue is full, the oldest messages are dropped")
        self.dropped += count

    def _retain(self, message: Message) -> None:
        self._client.publish(message.topic, message.payload, qos=1, retain=True)

    def _on_connect(self, _: paho.Client, __: Any, ___: Any, code: Any, ____: Any) -> None:
        if code.is_failure:
            self._say(f"refuses this device ({code})", refused=True)
            return
        self._connected = True
        self._answered.set()
        if self._trouble is not None:
            self._trouble = None
            report(f"{self._device.address}: connected again")
        self._client.subscribe(self._device.commands, qos=1)
        self._retain(Message(self._device.address.topic(AVAILABILITY), ONLINE))
        for message in self._device.greeting():
            self._retain(message)

    def _on_message(self, _: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
        answer = self._device.obey(message.topic, bytes(message.payload))
        if answer is not None:
            self._retain(answer)

    def _on_publish(self, _: paho.Client, __: Any, mid: int, ___: Any, ____: Any) -> None:
        number = self._under_way.pop(mid, None)
        if number is not None:
            self._outbox.delivered(number)

    def _say(self, trouble: str, *, refused: bool = False) -> None:
        """Report what is wrong once; what is refused at the start ends the app."""
        if not self._answered.is_set():
            self._refusal = trouble if refused else None
        if trouble != self._trouble and self._refusal is None:
            report(f"{self._device.address}: {trouble}; trying again")
        self._trouble = trouble
        self._answered.set()


def make_client(address: BrokerAddress, login: Login, identity: str) -> paho.Client:
    """Prepare a client of a broker, not yet connected.

    Raises:
        EdgeError: `login` names no certificates.
    """
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=identity)
    client.connect_timeout = FIRST_WORD_S
    if address.user is not None:
        client.username_pw_set(address.user, login.password)
    if address.tls:
        try:
            client.tls_set_context(ssl.create_default_context(cafile=login.authority))
        except (OSError, ssl.SSLError) as error:
            raise EdgeError(f"{login.authority}: holds no certificates ({error})") from None
    return client
