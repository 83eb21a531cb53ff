"""Annotated stills; they show the steady reading."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.outputs.files import Files, require_place
from edge_app.outputs.sink import Run
from edge_app.overlay import View
from edge_app.result import FrameResult
from edge_app.runtime.files import write_whole

SUFFIXES: Final = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True, slots=True)
class Stills:
    """A still per frame: the path itself for a single one, else with `-00000`, `-00001` and so on before its suffix."""

    path: Path

    @property
    def files(self) -> Files:
        """The stills, one or many."""
        return Files(self.path, numbered=True)

    def open(self, run: Run) -> StillWriter:
        """Name the stills.

        Raises:
            EdgeError: no file can be written there.
        """
        require_place(self.path)
        return StillWriter(self.files, View(run.manifest), numbered=run.frames != 1)


class StillWriter:
    """Writes one still after the other, each whole."""

    def __init__(self, files: Files, view: View, *, numbered: bool) -> None:
        """Draw with `view`; see `Stills`."""
        self._files = files
        self._view = view
        self._numbered = numbered

    def take(self, result: FrameResult) -> None:
        """Write the frame's still.

        Raises:
            EdgeError: it cannot be written.
        """
        path = self._files.number(result.index) if self._numbered else self._files.path
        write_still(path, self._view.show(result, time.monotonic()))

    def close(self) -> None:
        """Every still is finished as soon as it is written."""


def write_still(path: Path, canvas: NDArray[np.uint8]) -> None:
    """Write a picture, uint8 [H, W, 3] BGR, whole or not at all.

    Raises:
        EdgeError: it cannot be written.
    """
    _, encoded = cv2.imencode(path.suffix.lower(), canvas)
    write_whole(path, encoded.tobytes())
