"""Annotated stills."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.errors import EdgeError

SUFFIXES: Final = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


class Stills:
    """A still a picture: the path itself, or with `-00000`, `-00001` and so on before its suffix."""

    def __init__(self, path: Path, *, numbered: bool) -> None:
        """Name the stills after `path`."""
        self._path = path
        self._numbered = numbered
        self._count = 0

    def write(self, canvas: NDArray[np.uint8], time_s: float) -> None:  # noqa: ARG002 - a still has no time
        """Write the next still.

        Raises:
            EdgeError: it cannot be written.
        """
        name = f"{self._path.stem}-{self._count:05d}{self._path.suffix}" if self._numbered else self._path.name
        write_still(self._path.with_name(name), canvas)
        self._count += 1

    def close(self) -> None:
        """Every still is finished as soon as it is written."""


def write_still(path: Path, canvas: NDArray[np.uint8]) -> None:
    """Write a picture whole or not at all.

    Raises:
        EdgeError: it cannot be written.
    """
    _, encoded = cv2.imencode(path.suffix.lower(), canvas)
    write_whole(path, encoded.tobytes())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        EdgeError: it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.part")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise EdgeError(f"{path}: cannot be written ({error.strerror or error}); make room or choose another") from None
