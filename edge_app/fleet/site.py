"""The fleet page's addresses, and what each of them answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from edge_app.fleet.devices import Fleet, Query
from edge_app.mqtt.discovery import DOUBTFUL, STILL
from edge_app.web.events import Events
from edge_app.web.guard import answer_file, answer_json

EVENTS_S: Final = 2.0
COMMANDS: Final = {"still": {"PRESS"}, "bundle": {"PRESS"}, "frozen": {"ON", "OFF"}}

Tell = Callable[[str, str, str], None]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device is to do: a command of its broker's, and its payload."""

    command: str
    payload: str = "PRESS"


class FleetSite:
    """Answers requests about a fleet."""

    def __init__(self, fleet: Fleet, tell: Tell) -> None:
        """Answer for a fleet; `tell` sends a device a command and its payload."""
        self._fleet = fleet
        self._tell = tell
        self._ended = asyncio.Event()
        self._told = Events(self._ended, EVENTS_S)

    def routes(self) -> list[web.RouteDef]:
        """Give the addresses."""
        return [
            web.get("/", answer_file("fleet.html")),
            web.get("/events", self._events),
            web.get("/api/fleet", self._overview),
            web.get("/health", self._health),
            web.get("/api/devices/{name}/{picture}.jpg", self._picture),
            web.post("/api/devices/{name}", self._command),
        ]

    def begin(self, soon: Callable[[Callable[[], None]], None]) -> None:
        """Nothing of what is served waits for anybody."""

    async def end(self) -> None:
        """Tell those who look."""
        self._ended.set()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        query = _query(request)
        return await self._told.tell(request, lambda: self._fleet.overview(query))

    async def _overview(self, request: web.Request) -> web.StreamResponse:
        return answer_json(self._fleet.overview(_query(request)))

    async def _health(self, _: web.Request) -> web.StreamResponse:
        trouble = self._fleet.trouble
        return answer_json({"healthy": trouble is None, "reason": trouble}, status=200 if trouble is None else 503)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        name, kind = request.match_info["name"], request.match_info["picture"]
        jpeg = self._fleet.picture(name, kind) if kind in {STILL, DOUBTFUL} else None
        if jpeg is None:
            raise web.HTTPNotFound(reason="no such picture was published")
        return web.Response(body=jpeg, content_type="image/jpeg")

    async def _command(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        asked = msgspec.json.decode(await request.read(), type=Command)
        if not self._fleet.knows(name):
            raise web.HTTPNotFound(reason="no such device was heard of")
        if asked.payload not in COMMANDS.get(asked.command, set()):
            raise web.HTTPUnprocessableEntity(reason=f"expected one of {', '.join(COMMANDS)}")
        self._tell(name, asked.command, asked.payload)
        return answer_json({})


def _query(request: web.Request) -> Query:
    """Read which devices are asked for.

    Raises:
        msgspec.ValidationError: there is no such order, or the first is no number.
    """
    return msgspec.convert(dict(request.query), Query, strict=False)
