"""A live page over a run without a source: tests post the frames, and ask over real HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge_app.overlay import View
from edge_app.runtime.classifier import Classifier

pytest.importorskip("aiohttp", reason="needs the extra web")

from edge_app.web.access import Access, load_password_hash, save_password
from edge_app.web.feedback import FeedbackStore
from edge_app.web.live import Live, Subject
from edge_app.web.page import Page
from edge_app.web.server import Address, Server

PASSWORD = "correct horse battery"  # noqa: S105 - of the tests


@dataclass
class Asked:
    """An answer over HTTP."""

    status: int
    body: bytes
    headers: http.client.HTTPMessage

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Site:
    """A served page, and a browser of few words."""

    def __init__(self, live: Live, url: str) -> None:
        self.live, self.url = live, url
        self.port = int(url.rsplit(":", 1)[1].rstrip("/"))
        self.cookie = ""
        self.token = ""

    def ask(self, method: str, path: str, content: Any = None, **headers: str) -> Asked:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = {"Cookie": self.cookie, "X-CSRF-Token": self.token} if self.cookie else {}
        body = None if content is None else json.dumps(content)
        connection.request(method, path, body, sent | {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        asked = Asked(answer.status, answer.read(), answer.headers)
        connection.close()
        return asked

    def log_in(self, password: str = PASSWORD) -> Asked:
        asked = self.ask("POST", "/api/login", {"password": password})
        if asked.status == 200:
            self.cookie = asked.headers["Set-Cookie"].split(";")[0]
            self.token = asked.json["csrf_token"]
        return asked


@pytest.fixture(scope="session")
def password_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("password") / "password"
    save_password(path, PASSWORD)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FeedbackStore]:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    yield store
    store.close()


@pytest.fixture
def server(classifier: Classifier, password_file: Path, store: FeedbackStore) -> Iterator[Server]:
    """A page at any free port of the loopback, with a password."""
    manifest = classifier.manifest
    subject = Subject("a camera", "d" * 64, manifest.warning, manifest.labels, manifest.samples, can_save=True)
    live = Live(subject, View(manifest), store, threads=1)
    server = Server(Page(live), Access(load_password_hash(password_file)), Address("127.0.0.1", 0), None)
    yield server
    server.close()


@pytest.fixture
def visit() -> type[Site]:
    """How to visit a page: `visit(live, url)`."""
    return Site


@pytest.fixture
def site(server: Server) -> Site:
    return Site(server.site.live, server.url)
