"""A fleet's repository behind a real web server that can lie, and bundles that are good, bad and worse."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle, write_bundle
from edge_app.updates.shelf import Shelf
from edge_app.updates.update import Updated, begin, update
from export.keys import Keys
from export.publish import package_bundle
from export.repository import Repository


def make_bundle(folder: Path, **warning: Any) -> Path:
    """The shipped bundle with another rule of warning: another digest, the same readings."""
    shipped = load_bundle(DEFAULT_BUNDLE)
    rule = msgspec.structs.replace(shipped.manifest.warning, **warning)
    names = (file.name for file in shipped.manifest.files)
    graphs = dict(zip(names, shipped.graphs, strict=True))
    write_bundle(folder, msgspec.structs.replace(shipped.manifest, warning=rule), graphs)
    return folder


class Site:
    """The repository's folder on loopback.

    Attributes:
        folder: what is served; an attacker may name another one.
        tamper: changes what is answered: path and content -> content, or None for a file that is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tamper: Callable[[str, bytes], bytes | None] = lambda _, content: content
        self.asked: list[str] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

            def do_GET(self) -> None:
                site.asked.append(self.path)
                file = site.folder / self.path.lstrip("/")
                content = site.tamper(self.path, file.read_bytes()) if file.is_file() else None
                if content is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(max(file.stat().st_size, len(content))))
                self.end_headers()
                self.wfile.write(content)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Publisher:
    """Who publishes, and the site where it is served."""

    def __init__(self, folder: Path) -> None:
        self._scratch = folder
        self.folder = folder / "repository"
        self.keys = Keys(folder / "keys", self.folder)
        self.repository = Repository.create(self.folder, self.keys)
        self.site = Site(self.folder)

    def offer(self, bundle: Path, *stages: int, change: Callable[[bytes], bytes] = lambda package: package) -> str:
        """Publish a bundle, and give its digest."""
        digest, package = package_bundle(bundle)
        self.repository.add(change(package), digest, stages or (100,))
        self.repository.publish(self.keys)
        return digest

    def change(self, **changed: Any) -> None:
        """Offer the newest bundle otherwise."""
        path, offer = list(self.repository.offers.items())[-1]
        self.repository.change(path, msgspec.structs.replace(offer, **changed))
        self.repository.publish(self.keys)

    def withdraw(self) -> None:
        self.repository.withdraw(list(self.repository.offers)[-1])
        self.repository.publish(self.keys)

    def snapshot(self) -> Path:
        """Keep what is published now, for an attacker."""
        place = self._scratch / f"kept-{len(list(self._scratch.iterdir()))}"
        shutil.copytree(self.folder, place)
        return place

    def device(self, name: str) -> Device:
        return Device(self._scratch / f"device-{name}", self.site.url, self.repository.root_file, name)


class Device:
    """A shelf that follows a repository."""

    def __init__(self, folder: Path, url: str, root: Path, name: str = "pi") -> None:
        self.shelf = Shelf(folder)
        begin(self.shelf, url, root, name)

    def update(self) -> Updated:
        return update(self.shelf)

    @property
    def digest(self) -> str | None:
        return self.shelf.state.digest

    def is_whole(self) -> bool:
        """Whether what is current can be read, as what it is called."""
        digest = self.digest
        return digest is None or load_bundle(self.shelf.path(digest)).digest == digest
