"""The live page's addresses, and what each of them answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from edge_app.web.events import Events
from edge_app.web.guard import HEADERS, answer_file, answer_json
from edge_app.web.live import Live
from edge_app.web.pictures import VIEWERS, encode_png
from edge_app.web.state import Controls

EVENTS_S: Final = 0.25


class Corrected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a digit really is: the track's number and a label of the bundle's."""

    track: int
    label: str


class Page:
    """Answers requests about one run.

    Attributes:
        live: the run.
    """

    def __init__(self, live: Live) -> None:
        """Answer for a run."""
        self.live = live
        self._told = Events(live.ended, EVENTS_S)

    def routes(self) -> list[web.RouteDef]:
        """Give the addresses."""
        return [
            web.get("/", answer_file("page.html")),
            web.get("/api", answer_file("api.html")),
            web.get("/openapi.json", answer_file("openapi.json")),
            web.get("/stream.mjpg", self._stream),
            web.get("/events", self._events),
            web.get("/metrics", self._metrics),
            web.get("/health", self._health),
            web.get("/api/state", self._state),
            web.get("/api/digits/{track}.png", self._digit),
            web.post("/api/controls", self._control),
            web.post("/api/corrections", self._correct),
            web.post("/api/question", self._ask),
        ]

    def begin(self, soon: Callable[[Callable[[], None]], None]) -> None:
        """Wake the stream after every frame, in the server's thread."""
        self.live.board.on_post = lambda: soon(self.live.stream.wake)

    async def end(self) -> None:
        """Tell the viewers."""
        self.live.board.on_post = lambda: None
        self.live.ended.set()
        self.live.stream.wake()

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self.live.stream.viewers >= VIEWERS:
            raise web.HTTPServiceUnavailable(reason=f"{VIEWERS} viewers look already")
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "multipart/x-mixed-replace; boundary=frame"})
        await response.prepare(request)
        await response.write(b"--frame\r\n")
        async for jpeg in self.live.stream.pictures():
            head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            await response.write(head.encode() + jpeg + b"\r\n--frame\r\n")  # a browser shows it at the boundary
        return response

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await self._told.tell(request, self.live.state)

    async def _metrics(self, _: web.Request) -> web.StreamResponse:
        return web.Response(
            body=self.live.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    async def _health(self, _: web.Request) -> web.StreamResponse:
        trouble = self.live.board.trouble
        return answer_json({"healthy": trouble is None, "reason": trouble}, status=200 if trouble is None else 503)

    async def _state(self, _: web.Request) -> web.StreamResponse:
        return answer_json(self.live.state())

    async def _digit(self, request: web.Request) -> web.StreamResponse:
        track = request.match_info["track"]
        seen = self.live.board.seen(int(track)) if track.isdecimal() and len(track) < 12 else None
        if seen is None:
            raise web.HTTPNotFound(reason="no such digit was seen of late")
        return web.Response(body=encode_png(seen.crop), content_type="image/png")

    async def _control(self, request: web.Request) -> web.StreamResponse:
        self.live.control(msgspec.json.decode(await request.read(), type=Controls))
        return answer_json(self.live.state())

    async def _correct(self, request: web.Request) -> web.StreamResponse:
        corrected = msgspec.json.decode(await request.read(), type=Corrected)
        await asyncio.to_thread(self.live.correct, corrected.track, corrected.label)
        return answer_json({})

    async def _ask(self, _: web.Request) -> web.StreamResponse:
        return answer_json({"track": self.live.ask()})
