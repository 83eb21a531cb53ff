"""The bundles that a device holds, and which of them is current: a folder each, and one file that says it.

FOLDER/state.json     replaced in one step: what it names is whole and on the disk before it names it
FOLDER/DIGEST/        a bundle
FOLDER/metadata/      what the repository said last, kept by The Update Framework
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec

from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import beside, is_there, read_whole
from edge_app.runtime.manifest import Digest

STATE: Final = "state.json"
LARGEST_STATE: Final = 2**20
REMEMBERED: Final = 20
"""Bundles of which it is known that they were no good here."""


class Warned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many digits were read, each once, and how many of them carried a warning."""

    digits: int = 0
    warned: int = 0


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bundle on the shelf: its digest, its number in the repository, and what the app read with it."""

    digest: Digest
    number: int
    read: Warned = Warned()


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bundle that was no good here, and why."""

    digest: Digest
    reason: str


class ShelfState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device knows of its bundles.

    Attributes:
        current: what the app reads with; None for what it was started with, as long as nothing was fetched.
        previous: what it goes back to while the current one is on trial; None likewise.
        on_trial: whether the current one must still show that it is no worse than the one before.
        starts: how often the app was started with it while it was on trial, and did not live for a minute.
        first: what was read with what the app was started with.
        refused: what is not taken again, the newest last.
    """

    version: Literal[1] = 1
    current: Held | None = None
    previous: Held | None = None
    on_trial: bool = False
    starts: int = 0
    first: Warned = Warned()
    refused: tuple[Refused, ...] = ()

    @property
    def digest(self) -> str | None:
        """Of the current one; None for what the app was started with."""
        return None if self.current is None else self.current.digest

    @property
    def read(self) -> Warned:
        """What was read with the current one."""
        return self.first if self.current is None else self.current.read

    @property
    def read_before(self) -> Warned:
        """What was read with the one before."""
        return self.first if self.previous is None else self.previous.read

    def having_read(self, digest: str | None, read: Warned) -> ShelfState:
        """Note what was read with one of the bundles; None for what the app was started with."""
        if digest is None:
            return msgspec.structs.replace(self, first=read)
        current, previous = (
            msgspec.structs.replace(held, read=read) if held is not None and held.digest == digest else held
            for held in (self.current, self.previous)
        )
        return msgspec.structs.replace(self, current=current, previous=previous)

    def taking(self, held: Held) -> ShelfState:
        """Take a bundle on trial; one that is still on trial itself is not what to go back to."""
        previous = self.previous if self.on_trial else self.current
        return msgspec.structs.replace(self, current=held, previous=previous, on_trial=True, starts=0)

    def settled(self) -> ShelfState:
        """End the trial: the current one stays."""
        return msgspec.structs.replace(self, on_trial=False, starts=0)

    def back(self) -> ShelfState:
        """Go back to the one before."""
        return msgspec.structs.replace(self, current=self.previous, previous=None, on_trial=False, starts=0)

    def refusing(self, digest: str, reason: str) -> ShelfState:
        """Never take a bundle again."""
        others = tuple(refused for refused in self.refused if refused.digest != digest)
        return msgspec.structs.replace(self, refused=(*others, Refused(digest, reason))[-REMEMBERED:])


class Shelf:
    """The folder; the app and the update may use it at the same time."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, and make it."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EdgeError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from None

    @property
    def state(self) -> ShelfState:
        """What is known now.

        Raises:
            EdgeError: the file is another program's.
        """
        path = self.folder / STATE
        if not is_there(path):
            return ShelfState()
        try:
            return msgspec.json.decode(read_whole(path, LARGEST_STATE, "choose another folder"), type=ShelfState)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise EdgeError(f"{path}: {error}; remove the folder, and the bundles are fetched again") from None

    @property
    def stamp(self) -> int:
        """Changes when the state does; cheap to ask."""
        try:
            return (self.folder / STATE).stat().st_mtime_ns
        except OSError:
            return 0

    def change(self, how: Callable[[ShelfState], ShelfState]) -> ShelfState:
        """Change the state; what it became is on the disk when this returns."""
        with self._locked("state.lock"):
            before = self.state
            after = how(before)
            if after != before:
                self._write(after)
            return after

    @contextmanager
    def updating(self) -> Iterator[None]:
        """Let no other update run at the same time.

        Raises:
            EdgeError: one does.
        """
        with self._locked("update.lock", wait=False):
            yield

    def path(self, digest: str) -> Path:
        """Say where a bundle lies, or will."""
        return self.folder / digest

    def put(self, fresh: Path, digest: str) -> None:
        """Give a whole folder its place, on the disk when this returns."""
        for path in sorted(fresh.iterdir()):
            _sync(path)
        _sync(fresh)
        fresh.rename(self.path(digest))
        _sync(self.folder)

    def write_scratch(self, files: Mapping[str, bytes]) -> Path:
        """Write files into a new folder that `tidy` removes unless it is `put`."""
        scratch = beside(self.folder / "bundle")
        scratch.mkdir()
        for name, content in files.items():
            (scratch / name).write_bytes(content)
        return scratch

    def tidy(self) -> None:
        """Remove bundles that are neither current nor gone back to, and what a killed update left."""
        with self._locked("state.lock"):
            state = self.state
            kept = {held.digest for held in (state.current, state.previous) if held is not None}
            for path in self.folder.iterdir():
                left = path.name.startswith(".") or (len(path.name) == 64 and path.name not in kept)
                if left and path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                elif left:
                    path.unlink(missing_ok=True)
        for path in (self.folder / "metadata").glob("tmp*"):
            path.unlink(missing_ok=True)

    def _write(self, state: ShelfState) -> None:
        path = self.folder / STATE
        fresh = beside(path)
        try:
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
            _sync(fresh)
            fresh.replace(path)
            _sync(self.folder)
        finally:
            fresh.unlink(missing_ok=True)

    @contextmanager
    def _locked(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold a lock, which the system takes back from a program that is killed."""
        with (self.folder / name).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise EdgeError(f"{self.folder}: is being updated already; try again later") from None
            yield


def _sync(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
