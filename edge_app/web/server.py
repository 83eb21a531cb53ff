"""Serves a page from a thread of its own, so that nothing that a viewer does holds up the loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from aiohttp import web

from edge_app.runtime.errors import EdgeError
from edge_app.web.access import Access
from edge_app.web.guard import Guard

T = TypeVar("T")

SHUTDOWN_S: Final = 0.3
"""How long aiohttp waits for viewers, twice, before it cuts them off."""
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is served.

    Attributes:
        host: a name or number of this computer's; the loopback's are reachable from this computer alone.
        port: 0 for any that is free.
    """

    host: str
    port: int

    @property
    def local(self) -> bool:
        """Whether only this computer can reach it."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Certificate:
    """A TLS certificate, with those that vouch for it, and its key: two PEM files."""

    certificate: Path
    key: Path


class Site(Protocol):
    """What is served; everything but `begin` is called in the server's thread."""

    def routes(self) -> list[web.RouteDef]:
        """Give the addresses; those of the login come with the server."""

    def begin(self, soon: Callable[[Callable[[], None]], None]) -> None:
        """Learn how to have something called in the server's thread, from any other."""

    async def end(self) -> None:
        """Tell those who look that it is over."""


SITE = TypeVar("SITE", bound=Site)


class Server(Generic[SITE]):
    """A site, served until it is closed.

    Attributes:
        site: what is served.
        url: where it is.
    """

    def __init__(self, site: SITE, access: Access, address: Address, certificate: Certificate | None) -> None:
        """Begin to serve.

        Raises:
            EdgeError: another address than this computer's own needs a password, the address is taken, or the
                certificate cannot be used.
        """
        if not address.local and access.password_hash is None:
            raise EdgeError(
                f"--web {address.host}:{address.port}: can be reached by others, so it needs a password; "
                "make one with python -m edge_app password FILE and name it with --web-password FILE"
            )
        hosts = LOCAL_NAMES | {address.host} if address.local else None
        self.site = site
        self._guard = Guard(access, hosts=hosts, private=not address.local)
        self._tls = None if certificate is None else _context(certificate)
        self._socket = _listen(address)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="live page", daemon=True)
        self._thread.start()
        self._runner = self._call(self._start())
        site.begin(self._soon)
        scheme = "http" if certificate is None else "https"
        port = self._socket.getsockname()[1]
        self.url = f"{scheme}://{f'[{address.host}]' if ':' in address.host else address.host}:{port}/"

    def close(self) -> None:
        """Tell the viewers, and stop within two seconds whatever they do; once is enough."""
        if self._loop.is_closed():
            return
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def application(self) -> web.Application:
        """Give what answers the requests."""
        return self._guard.application(self.site.routes())

    async def _start(self) -> web.AppRunner:
        runner = web.AppRunner(
            self.application(), handler_cancellation=True, shutdown_timeout=SHUTDOWN_S, access_log=None
        )
        await runner.setup()
        await web.SockSite(runner, self._socket, ssl_context=self._tls).start()
        return runner

    async def _stop(self) -> None:
        await self.site.end()
        await asyncio.sleep(0.05)  # for the last word to the viewers
        await self._runner.cleanup()

    def _soon(self, what: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(what)

    def _call(self, coroutine: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


def _listen(address: Address) -> socket.socket:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return socket.create_server(found[0][4][:2], family=found[0][0])
    except OSError as error:
        reason = error.strerror or str(error)
        raise EdgeError(f"--web {address.host}:{address.port}: {reason}; choose another address") from None


def _context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate.certificate, certificate.key)
    except (OSError, ssl.SSLError) as error:
        raise EdgeError(f"{certificate.certificate}: no certificate with its key {certificate.key} ({error})") from None
    return context
