"""Server-sent events: tells those who look at a page what it shows, again and again until it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from edge_app.web.guard import HEADERS, wait_for

LISTENERS: Final = 32
"""So many listen at once. Each holds a connection, one of the 1024 files that a process may usually have open, and
costs the processor the writing of its events; a page left open in a tab counts, though nobody looks."""


class Events:
    """One stream of events for each who listens, up to `LISTENERS`."""

    def __init__(self, ended: asyncio.Event, every_s: float) -> None:
        """Tell something every so many seconds, until it has ended."""
        self._ended = ended
        self._every_s = every_s
        self._listeners = 0

    async def tell(self, request: web.Request, describe: Callable[[], object]) -> web.StreamResponse:
        """Answer with what `describe` gives at each moment, as JSON, and with the event `end` in the end.

        Raises:
            HTTPServiceUnavailable: so many listen already.
        """
        if self._listeners >= LISTENERS:
            raise web.HTTPServiceUnavailable(reason=f"{LISTENERS} listen already; close a page elsewhere")
        self._listeners += 1
        try:
            response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
            await response.prepare(request)
            while not self._ended.is_set():
                await response.write(b"data: " + msgspec.json.encode(describe()) + b"\n\n")
                await wait_for(self._ended, self._every_s)
            await response.write(b"event: end\ndata: {}\n\n")
        finally:
            self._listeners -= 1
        return response
