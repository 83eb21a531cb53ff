"""A JSON line per frame, each written whole."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from edge_app.runtime.errors import EdgeError


class JsonLines:
    """Writes lines to a file, or to standard output for `-`; every line is there as soon as it is written."""

    def __init__(self, target: str) -> None:
        """Start with an empty file.

        Raises:
            EdgeError: the file cannot be made.
        """
        self._name = "standard output" if target == "-" else target
        try:
            self._file = _open(target)
        except OSError as error:
            raise EdgeError(f"{target}: cannot be written ({error.strerror or error}); choose another file") from None
        self._length = 0

    def write(self, line: bytes) -> None:
        """Add a line.

        Raises:
            EdgeError: there is no room for it; the lines before are kept whole.
            BrokenPipeError: nobody reads standard output any more.
        """
        try:
            written = self._file.write(line)
            self._file.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            if written == len(line):
                self._length += written
                return
            reason = "no room for the whole line"
        self._drop_partial_line()
        raise EdgeError(f"{self._name}: cannot be written ({reason}); what was written is kept; make room")

    def close(self) -> None:
        """Close the file."""
        if self._file is not sys.stdout.buffer:
            self._file.close()

    def _drop_partial_line(self) -> None:
        with suppress(OSError):  # A device or a pipe cannot be cut.
            os.truncate(self._file.fileno(), self._length)


def _open(target: str) -> BinaryIO:
    return sys.stdout.buffer if target == "-" else Path(target).open("wb", buffering=0)
