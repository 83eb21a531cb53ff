"""Reads files that may be anything, and writes files whole: what stood there is there until the new is complete."""

from __future__ import annotations

import ctypes
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from edge_app.runtime.errors import EdgeError

AT_FDCWD: Final = -100
RENAME_EXCHANGE: Final = 2
"""Of Linux' renameat2(2)."""


def read_whole(path: Path, largest: int, way_out: str) -> bytes:
    """Read a regular file: no pipe, which might never end, no device, and nothing larger than the caller can use.

    Args:
        path: the file.
        largest: size in bytes above which it is not read.
        way_out: what the user can do, for the message.

    Raises:
        EdgeError: it cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise EdgeError(f"{path}: cannot be read (no regular file); {way_out}")
        if status.st_size > largest:
            raise EdgeError(f"{path}: found {status.st_size} bytes, expected at most {largest}; {way_out}")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise EdgeError(f"{path}: cannot be read ({_reason(error)}); {way_out}") from None


def is_there(path: Path) -> bool:
    """Tell whether there is something at a path; what cannot be looked at, such as behind a closed folder, is not."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises for a name that is too long


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, with the permissions that the user's umask gives.

    A program that is killed leaves the old content. It is not forced to the disk: after a power cut a file system may
    come back with the old content, or on some with none. What is no regular file, such as a terminal, is written to
    as it is.

    Raises:
        EdgeError: the file cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        target = Path(os.path.realpath(path))  # of a link the target changes, not the link
        fresh = beside(target)
        try:
            with fresh.open("xb") as file:
                file.write(content)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise EdgeError(f"{path}: cannot be written ({_reason(error)}); choose another file") from None


def write_json(path: Path, figures: Any) -> None:
    """Write dataclasses or structs of figures as indented JSON, whole or not at all.

    Raises:
        EdgeError: the file cannot be written.
    """
    write_whole(path, msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n")


def put_in_place(fresh: Path, path: Path, old: Path) -> None:
    """Give a folder, `fresh`, the name `path`; what had that name goes to `old` or takes the name `fresh`.

    Linux exchanges two names in one step, so that a program may be killed at any moment: the old or the new folder is
    at `path`. Where a file system cannot, the old one is at `old` for a moment, and comes back when renaming fails.

    Raises:
        OSError: a folder cannot be renamed.
    """
    if not path.exists():
        fresh.rename(path)
        return
    if _exchange(fresh, path):
        return
    path.rename(old)
    try:
        fresh.rename(path)
    except OSError:
        old.rename(path)
        raise


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where this system cannot."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None or sys.platform != "linux":  # pragma: no cover - the tests run on Linux
        return False
    return bool(renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)


def beside(path: Path) -> Path:
    """Give a path in the same folder, hidden, with the same ending, that nobody else has."""
    return path.with_name(f".{path.stem[:40]}-{secrets.token_hex(8)}{path.suffix[:20]}")


def _reason(error: OSError | ValueError) -> str:
    """Say why a path is no good: the system's word, or that it holds a null character."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
