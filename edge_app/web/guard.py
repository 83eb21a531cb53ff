"""Who may ask a server of ours for what: a login, its sessions, and what keeps other pages out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from edge_app.runtime.errors import EdgeError
from edge_app.web.access import SESSION_S, Access, TooManyWrongError

STATIC: Final = Path(__file__).parent / "static"
COOKIE: Final = "bayes_edge_session"
TOKEN: Final = "X-CSRF-Token"  # noqa: S105 - the name of a header
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
OPEN: Final = frozenset(
    {"/health", "/login", "/api/login"}
    | {f"/static/{name}" for name in ("page.css", "palette.css", "login.js", "icon.svg")}
)
"""Answered to everybody even where a password is needed to look."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password, sent to log in."""

    password: str


class Guard:
    """Stands before the addresses of a page."""

    def __init__(self, access: Access, *, hosts: frozenset[str] | None, private: bool) -> None:
        """Let in whom `access` knows.

        Args:
            access: who may change something.
            hosts: names under which this computer may be asked for; None for any. It keeps other pages from reaching
                a server on this computer by a name of their own.
            private: whether nothing is shown without a login.
        """
        self._access = access
        self._hosts = hosts
        self._private = private

    def application(self, routes: Iterable[web.RouteDef]) -> web.Application:
        """Give the application for aiohttp: these addresses, those of the login, and the files that all pages share."""
        app = web.Application(middlewares=[self._check], client_max_size=LARGEST_REQUEST)
        app.add_routes(routes)
        app.add_routes(
            [
                web.get("/login", answer_file("login.html")),
                web.static("/static", STATIC),
                web.get("/api/session", self._session),
                web.post("/api/login", self._log_in),
                web.post("/api/logout", self._log_out),
            ]
        )
        return app

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse who may not ask, and put the security headers on every answer that is no stream."""
        try:
            self._expect_allowed(request)
            response = await handler(request)
        except web.HTTPException as error:
            response = refuse(error.status, error.reason)
        except msgspec.DecodeError as error:
            response = refuse(400, str(error))
        except EdgeError as error:
            response = refuse(422, str(error))
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

    async def _session(self, request: web.Request) -> web.StreamResponse:
        session = self._access.session(request.cookies.get(COOKIE))
        return answer_json(
            {
                "login": self._access.password_hash is not None,
                "csrf_token": None if session is None else session.csrf_token,
            }
        )

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        password = msgspec.json.decode(await request.read(), type=Message).password
        try:
            cookie = await asyncio.to_thread(self._access.log_in, password)
        except TooManyWrongError as error:
            wait_s = max(1, round(error.args[0]))
            response = refuse(429, f"too many wrong passwords; try again in {wait_s} s")
            response.headers["Retry-After"] = str(wait_s)
            return response
        if cookie is None:
            return refuse(401, "wrong password" if self._access.password_hash else "no password was set")
        session = self._access.session(cookie)
        response = answer_json({"csrf_token": None if session is None else session.csrf_token})
        response.set_cookie(
            COOKIE, cookie, max_age=int(SESSION_S), httponly=True, samesite="Strict", secure=request.secure
        )
        return response

    async def _log_out(self, request: web.Request) -> web.StreamResponse:
        self._access.log_out(request.cookies.get(COOKIE))
        response = answer_json({})
        response.del_cookie(COOKIE)
        return response


def answer_file(name: str) -> Handler:
    """Answer with one of the static files, at an address of its own."""
    content = (STATIC / name).read_text()
    kind = "application/json" if name.endswith(".json") else "text/html"

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=content, content_type=kind)

    return answer


def answer_json(content: object, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=msgspec.json.encode(content), content_type="application/json", status=status)


def refuse(status: int, reason: str) -> web.Response:
    """Answer with the reason why not."""
    return answer_json({"error": reason}, status=status)


def _host(text: str) -> str:
    """Give a Host header's name without its port."""
    return urlsplit(f"//{text}").hostname or ""


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait until something is over, at most so long."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
