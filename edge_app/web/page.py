"""The live page's addresses: what each of them answers, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from edge_app.runtime.errors import EdgeError
from edge_app.web.access import SESSION_S, Access, TooManyWrongError
from edge_app.web.live import Live
from edge_app.web.pictures import VIEWERS, encode_png
from edge_app.web.state import Controls

STATIC: Final = Path(__file__).parent / "static"
COOKIE: Final = "bayes_edge_session"
TOKEN: Final = "X-CSRF-Token"  # noqa: S105 - the name of a header
EVENTS_S: Final = 0.25
LARGEST_REQUEST: Final = 4096
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
OPEN: Final = frozenset({"/health", "/login", "/api/login", "/static/page.css", "/static/login.js", "/static/icon.svg"})
"""Answered to everybody even where a password is needed to look."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password, sent to log in."""

    password: str


class Corrected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a digit really is: the track's number and a label of the bundle's."""

    track: int
    label: str


class Page:
    """Answers requests about one run."""

    def __init__(self, live: Live, access: Access, *, hosts: frozenset[str] | None, private: bool) -> None:
        """Answer for a run.

        Args:
            live: the run.
            access: who may change something.
            hosts: names under which this computer may be asked for; None for any. It keeps other pages from reaching
                a server on this computer by a name of their own.
            private: whether nothing is shown without a login.
        """
        self._live = live
        self._access = access
        self._hosts = hosts
        self._private = private

    def application(self) -> web.Application:
        """Give the application for aiohttp."""
        app = web.Application(middlewares=[self._guard], client_max_size=LARGEST_REQUEST)
        app.add_routes(
            [
                web.get("/", self._file("page.html")),
                web.get("/login", self._file("login.html")),
                web.get("/api", self._file("api.html")),
                web.get("/openapi.json", self._file("openapi.json")),
                web.static("/static", STATIC),
                web.get("/stream.mjpg", self._stream),
                web.get("/events", self._events),
                web.get("/metrics", self._metrics),
                web.get("/health", self._health),
                web.get("/api/state", self._state),
                web.get("/api/session", self._session),
                web.get("/api/digits/{track}.png", self._digit),
                web.post("/api/login", self._log_in),
                web.post("/api/logout", self._log_out),
                web.post("/api/controls", self._control),
                web.post("/api/corrections", self._correct),
                web.post("/api/question", self._ask),
            ]
        )
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse who may not ask, and put the security headers on every answer that is no stream."""
        try:
            self._expect_allowed(request)
            response = await handler(request)
        except web.HTTPException as error:
            response = _refuse(error.status, error.reason)
        except msgspec.DecodeError as error:
            response = _refuse(400, str(error))
        except EdgeError as error:
            response = _refuse(422, str(error))
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _expect_allowed(self, request: web.Request) -> None:
        if self._hosts is not None and _host(request.host) not in self._hosts:
            raise web.HTTPMisdirectedRequest(reason="unknown host name")
        cookie = request.cookies.get(COOKIE)
        if request.method in {"GET", "HEAD"}:
            if self._private and request.path not in OPEN and self._access.session(cookie) is None:
                if request.path == "/":
                    raise web.HTTPUnauthorized(reason="log in at /login")
                raise web.HTTPUnauthorized(reason="log in first")
            return
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(reason="sent by another page")
        if request.path != "/api/login" and not self._access.may_change(cookie, request.headers.get(TOKEN)):
            raise web.HTTPForbidden(reason="log in first")

    def _file(self, name: str) -> Handler:
        content = (STATIC / name).read_text()
        kind = "application/json" if name.endswith(".json") else "text/html"

        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(text=content, content_type=kind)

        return answer

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self._live.stream.viewers >= VIEWERS:
            raise web.HTTPServiceUnavailable(reason=f"{VIEWERS} viewers look already")
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "multipart/x-mixed-replace; boundary=frame"})
        await response.prepare(request)
        await response.write(b"--frame\r\n")
        async for jpeg in self._live.stream.pictures():
            head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            await response.write(head.encode() + jpeg + b"\r\n--frame\r\n")  # a browser shows it at the boundary
        return response

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        while not self._live.ended.is_set():
            await response.write(b"data: " + msgspec.json.encode(self._live.state()) + b"\n\n")
            await _wait(self._live.ended, EVENTS_S)
        await response.write(b"event: end\ndata: {}\n\n")
        return response

    async def _metrics(self, _: web.Request) -> web.StreamResponse:
        return web.Response(
            body=self._live.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    async def _health(self, _: web.Request) -> web.StreamResponse:
        trouble = self._live.board.trouble
        return _json({"healthy": trouble is None, "reason": trouble}, status=200 if trouble is None else 503)

    async def _state(self, _: web.Request) -> web.StreamResponse:
        return _json(self._live.state())

    async def _session(self, request: web.Request) -> web.StreamResponse:
        session = self._access.session(request.cookies.get(COOKIE))
        return _json(
            {
                "login": self._access.password_hash is not None,
                "csrf_token": None if session is None else session.csrf_token,
            }
        )

    async def _digit(self, request: web.Request) -> web.StreamResponse:
        track = request.match_info["track"]
        seen = self._live.board.seen(int(track)) if track.isdecimal() and len(track) < 12 else None
        if seen is None:
            raise web.HTTPNotFound(reason="no such digit was seen of late")
        return web.Response(body=encode_png(seen.crop), content_type="image/png")

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        password = msgspec.json.decode(await request.read(), type=Message).password
        try:
            cookie = await asyncio.to_thread(self._access.log_in, password)
        except TooManyWrongError as error:
            wait_s = max(1, round(error.args[0]))
            response = _refuse(429, f"too many wrong passwords; try again in {wait_s} s")
            response.headers["Retry-After"] = str(wait_s)
            return response
        if cookie is None:
            return _refuse(401, "wrong password" if self._access.password_hash else "no password was set")
        session = self._access.session(cookie)
        response = _json({"csrf_token": None if session is None else session.csrf_token})
        response.set_cookie(
            COOKIE, cookie, max_age=int(SESSION_S), httponly=True, samesite="Strict", secure=request.secure
        )
        return response

    async def _log_out(self, request: web.Request) -> web.StreamResponse:
        self._access.log_out(request.cookies.get(COOKIE))
        response = _json({})
        response.del_cookie(COOKIE)
        return response

    async def _control(self, request: web.Request) -> web.StreamResponse:
        self._live.control(msgspec.json.decode(await request.read(), type=Controls))
        return _json(self._live.state())

    async def _correct(self, request: web.Request) -> web.StreamResponse:
        corrected = msgspec.json.decode(await request.read(), type=Corrected)
        await asyncio.to_thread(self._live.correct, corrected.track, corrected.label)
        return _json({})

    async def _ask(self, _: web.Request) -> web.StreamResponse:
        return _json({"track": self._live.ask()})


def _json(content: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json", status=status)


def _refuse(status: int, reason: str) -> web.Response:
    return _json({"error": reason}, status=status)


def _host(text: str) -> str:
    """Give a Host header's name without its port."""
    return urlsplit(f"//{text}").hostname or ""


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
