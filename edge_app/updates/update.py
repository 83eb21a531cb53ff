"""One update from end to end: fetch, verify, try, switch. Killed anywhere, the next one does the rest."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from edge_app.runtime.bundle import Bundle, load_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import is_there, read_whole, write_json, write_whole
from edge_app.runtime.trial import BusyError
from edge_app.updates.fetch import Repository, require_root
from edge_app.updates.golden import self_test
from edge_app.updates.offer import Offer, choose
from edge_app.updates.package import SUFFIX, unpack
from edge_app.updates.shelf import Held, Shelf, ShelfState

SOURCE: Final = "source.json"
ROOT: Final = "root.json"
LARGEST: Final = 2**20
BEGIN: Final = "begin with python -m edge_app update --repository URL --root root.json --bundles"


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a device fetches its bundles, and under which name it stands in the queue."""

    url: str
    device: str


class Step(StrEnum):
    """What an update did."""

    KEPT = "kept"  # nothing newer is meant for this device
    TAKEN = "taken"
    BACK = "went back"  # what it had was withdrawn
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Updated:
    """How an update ended: what it did, with which bundle, and why."""

    step: Step
    digest: str | None
    reason: str = ""

    def __str__(self) -> str:
        """Say it in a line."""
        name = "the bundle that the app was started with" if self.digest is None else f"bundle {self.digest[:12]}"
        return f"{self.step}: {name}" + (f" ({self.reason})" if self.reason else "")


def begin(shelf: Shelf, url: str, root: Path, device: str | None = None) -> None:
    """Remember where bundles come from, and whom to believe; the first root metadata stays the one to believe.

    Raises:
        EdgeError: the folder believes another root already, the root cannot be read or is none, or the URL is none.
    """
    if not url.startswith(("https://", "http://")):
        raise EdgeError(f"--repository: found {url!r}, expected http[s]://HOST/...")
    content = read_whole(root, LARGEST, "take root.json from whoever publishes the bundles")
    place = shelf.folder / ROOT
    if is_there(place) and place.read_bytes() != content:
        raise EdgeError(f"{place}: another root is believed already; begin with another folder to believe {root}")
    require_root(content, str(root))
    write_whole(place, content)
    write_json(shelf.folder / SOURCE, Source(url, device or socket.gethostname()))


def read_source(shelf: Shelf) -> tuple[Source, bytes]:
    """Give what `begin` remembered: the source, and the root metadata.

    Raises:
        EdgeError: nothing is.
    """
    way_out = f"{BEGIN} {shelf.folder}"
    content = read_whole(shelf.folder / SOURCE, LARGEST, way_out)
    try:
        source = msgspec.json.decode(content, type=Source)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EdgeError(f"{shelf.folder / SOURCE}: {error}; {way_out}") from None
    return source, read_whole(shelf.folder / ROOT, LARGEST, way_out)


def update(shelf: Shelf) -> Updated:
    """Take what is offered to this device, if it is any good.

    Raises:
        EdgeError: nothing can be fetched, or not believed; what is current stays.
    """
    source, root = read_source(shelf)
    with shelf.updating():
        shelf.tidy()
        repository = Repository(source.url, root, shelf.folder / "metadata")
        offers = repository.offers()
        state = shelf.state
        refused = {bundle.digest for bundle in state.refused}
        chosen = choose(offers.values(), source.device, current=state.digest, refused=refused)
        updated = _follow(shelf, repository, {offer.digest: path for path, offer in offers.items()}, state, chosen)
        shelf.tidy()
        return updated


def _follow(
    shelf: Shelf, repository: Repository, paths: dict[str, str], state: ShelfState, chosen: Offer | None
) -> Updated:
    current = state.digest
    previous = None if state.previous is None else state.previous.digest
    if chosen is not None and chosen.digest == current:
        return Updated(Step.KEPT, current)
    if current is not None and current not in paths and (chosen is None or chosen.digest == previous):
        shelf.change(lambda state: state.back() if state.digest == current else state)  # the app may have gone already
        return Updated(Step.BACK, previous, "what it had was withdrawn")
    if chosen is None:
        return Updated(Step.KEPT, current, "nothing is offered to this device")
    try:
        if chosen.digest != previous:
            _fetch(shelf, repository, paths[chosen.digest], chosen.digest)
    except _UnfitError as error:
        reason = str(error)
        shelf.change(lambda state: state.refusing(chosen.digest, reason))
        return Updated(Step.REFUSED, chosen.digest, reason)
    shelf.change(lambda state: state.taking(Held(chosen.digest, chosen.number)))
    return Updated(Step.TAKEN, chosen.digest)


class GivenUpError(EdgeError):
    """The update took too long, whatever it was at: it says nothing of the bundle."""


class _UnfitError(EdgeError):
    """A bundle arrived as it was signed, and is no good here."""


def _fetch(shelf: Shelf, repository: Repository, path: str, digest: str) -> None:
    """Fetch a bundle, try it, and put it on the shelf.

    Raises:
        _UnfitError: it is no bundle, another one than was signed, or fails its self-test.
        EdgeError: it cannot be fetched, or this computer was too busy to try it; the next update does.
    """
    package = shelf.folder / f".{digest}{SUFFIX}"
    repository.download(path, package)
    try:
        scratch = shelf.write_scratch(unpack(package))
        bundle = load_bundle(scratch)
        _expect_digest(bundle, digest)
        self_test(bundle)
    except (GivenUpError, BusyError):
        raise
    except EdgeError as error:
        raise _UnfitError(str(error).replace(f"{shelf.folder}/", "")) from None
    shutil.rmtree(shelf.path(digest), ignore_errors=True)  # of an update that was killed before it switched
    shelf.put(scratch, digest)


def _expect_digest(bundle: Bundle, digest: str) -> None:
    if bundle.digest != digest:
        raise EdgeError(f"{bundle.path}: found bundle {bundle.digest}, expected {digest}; publish it again")
