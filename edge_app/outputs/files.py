"""The files that outputs may write: none is read or written by anything else, each is replaced by a whole one alone."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from edge_app.runtime.errors import EdgeError


@dataclass(frozen=True, slots=True)
class Files:
    """The files that one output may write.

    Attributes:
        path: the file that the user named.
        numbered: whether it may write a file per frame, with `-00000`, `-00001` and so on before the suffix.
    """

    path: Path
    numbered: bool = False

    def number(self, index: int) -> Path:
        """Name the file of frame `index`."""
        return self.path.with_name(f"{self.path.stem}-{index:05d}{self.path.suffix}")

    def include(self, path: Path) -> bool:
        """Tell whether `path` is one of them, whether it exists or not."""
        if path.parent.resolve() != self.path.parent.resolve():
            return False
        pattern = re.escape(self.path.stem) + r"(-\d{5,})?" * self.numbered + re.escape(self.path.suffix)
        return re.fullmatch(pattern, path.name) is not None

    def existing(self) -> Iterator[Path]:
        """Give those that exist, which would be replaced."""
        folder = self.path.parent
        candidates = folder.iterdir() if self.numbered and folder.is_dir() else [self.path]
        return (path for path in candidates if self.include(path) and path.is_file())


def require_place(path: Path) -> None:
    """Refuse a place where no file can be written, before anything is read.

    Raises:
        EdgeError: its folder does not exist or may not be written to, or something stands there that is no file.
    """
    if not path.parent.is_dir():
        raise EdgeError(f"{path}: the folder {path.parent} does not exist; make it first")
    if path.is_dir() or (path.exists() and not path.is_file()):
        raise EdgeError(f"{path}: is a {'folder' if path.is_dir() else 'device or pipe'}; expected a file's name")
    if not os.access(path.resolve().parent, os.W_OK):
        raise EdgeError(f"{path}: the folder {path.parent} may not be written to; choose another one")


def unfinished(path: Path, suffix: str) -> Path:
    """Name what will be `path` once it is whole, in the same folder: a name that nobody else has."""
    return path.with_name(f"{path.stem[:100]}.part-{secrets.token_hex(8)}{suffix}")


def require_apart(read: Iterable[Path], written: Sequence[Files]) -> None:
    """Refuse outputs that may write over a file that is read, or over one another, under whatever name.

    Args:
        read: the files that are read.
        written: the files of each output.

    Raises:
        EdgeError: one may.
    """
    owners: dict[object, Files | None] = {_identity(path): None for path in read if path.is_file()}
    for files in written:
        for path in (*files.existing(), files.path):
            owner = owners.setdefault(_identity(path), files)
            if owner is None:
                raise EdgeError(f"{path}: is what is read, or part of it; choose another file to write")
            if owner is not files:
                raise _shared(path)
    for files, other in permutations(written, 2):
        if files.include(other.path):
            raise _shared(other.path)


def _shared(path: Path) -> EdgeError:
    return EdgeError(f"{path}: two outputs would be written to it; choose another file for one of them")


def _identity(path: Path) -> object:
    """What stays the same whatever a file is called: its device and inode, or the place where it will be."""
    try:
        status = path.stat()
    except OSError:
        return path.resolve()
    return status.st_dev, status.st_ino
