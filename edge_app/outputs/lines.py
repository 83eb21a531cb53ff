"""Where lines are written: files, standard output, pipes and devices; each line whole, and there at once."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Protocol

from edge_app.outputs.files import Files, require_place, unfinished
from edge_app.runtime.errors import EdgeError


class Lines(Protocol):
    """Takes whole lines."""

    name: str

    def write(self, line: bytes) -> None:
        """Write a line.

        Raises:
            OSError: it cannot be written whole; nothing of it is there.
        """

    def close(self) -> None:
        """Finish."""


@dataclass(frozen=True, slots=True)
class LineOutput:
    """An output of lines, to be written to a file, or to standard output for `-`."""

    target: str

    @property
    def files(self) -> Files | None:
        """The one file; None for standard output."""
        return None if self.target == "-" else Files(Path(self.target))


class LineFile:
    """A file of lines, each there as soon as it is written.

    A new file is there from its first line on. A file that was there before is replaced when the new one is finished.
    """

    def __init__(self, path: Path) -> None:
        """Choose the file; nothing is written yet.

        Raises:
            EdgeError: no file can be written there.
        """
        require_place(path)
        self.name = str(path)
        self._target = path.resolve()
        self._path = self._target
        self._file: FileIO | None = None
        self._length = 0
        self._whole = True

    def write(self, line: bytes) -> None:
        """Write a line; see `Lines`."""
        if self._file is None:
            self._file = self._begin()
        try:
            _write_all(self._file.fileno(), line)
        except OSError:
            self._whole = False
            self.name = str(self._path)
            with suppress(OSError):
                self._file.truncate(self._length)
            raise
        self._length += len(line)

    def close(self) -> None:
        """Finish the file; one whose last line did not fit leaves what was there before.

        Raises:
            EdgeError: it cannot take its name.
        """
        if self._file is None:
            return
        self._file.close()
        if self._path != self._target and self._whole:
            try:
                self._path.replace(self._target)
            except OSError as error:
                reason = error.strerror or error
                raise EdgeError(f"{self.name}: cannot be written ({reason}); the lines are in {self._path}") from None

    def _begin(self) -> FileIO:
        with suppress(FileExistsError):
            return FileIO(self._target, "xb")
        self._path = unfinished(self._target, self._target.suffix)
        return FileIO(self._path, "xb")


class LineStream:
    """Standard output, a pipe or a device."""

    def __init__(self, name: str, descriptor: int) -> None:
        """Take over an open file descriptor."""
        self.name = name
        self._descriptor = descriptor

    def write(self, line: bytes) -> None:
        """Write a line; see `Lines`. What did not fit stays cut off: a stream cannot take anything back."""
        _write_all(self._descriptor, line)

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


def open_lines(target: str) -> Lines:
    """Get ready to write lines to a file, a pipe, a device, or for `-` standard output.

    Raises:
        EdgeError: no file can be written there, nobody reads the pipe, or standard output is closed.
    """
    if target == "-":
        if sys.stdout is None:
            raise EdgeError("standard output: is closed; open it, or write to a file with --jsonl FILE")
        return LineStream("standard output", os.dup(sys.stdout.fileno()))
    path = Path(target)
    try:
        special = path.exists() and not path.is_file() and not path.is_dir()
        if not special:
            return LineFile(path)
        # A pipe that nobody reads refuses to be opened like this; waiting for a reader could take for ever.
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        os.set_blocking(descriptor, True)
        return LineStream(target, descriptor)
    except OSError as error:
        reason = "nobody reads this pipe" if error.errno == errno.ENXIO else error.strerror or error
        raise EdgeError(f"{target}: cannot be written ({reason}); choose another file") from None


def write_or_explain(lines: Lines, line: bytes) -> None:
    """Write a line.

    Raises:
        EdgeError: there is no room for it; the lines before are kept whole.
        BrokenPipeError: nobody reads any more.
    """
    try:
        lines.write(line)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise EdgeError(
            f"{lines.name}: cannot be written ({error.strerror}); what was written is kept; make room"
        ) from None


def _write_all(descriptor: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
