"""Annotated pictures on disk: a video or stills, by the file's suffix."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_app.outputs.stills import SUFFIXES as STILLS
from edge_app.outputs.stills import Stills
from edge_app.outputs.video import CODECS, LiveVideo, Video
from edge_app.runtime.errors import EdgeError
from edge_app.sources import Kind, Source


class Recorder(Protocol):
    """Takes annotated pictures one by one."""

    def write(self, canvas: NDArray[np.uint8], time_s: float) -> None:
        """Add a picture, uint8 [H, W, 3] BGR with even sides, taken `time_s` seconds after the first."""

    def close(self) -> None:
        """Finish the file."""


def check_suffix(path: Path) -> None:
    """Refuse a file that is neither a video nor a still.

    Raises:
        EdgeError: the suffix is unknown.
    """
    if path.suffix.lower() not in CODECS and path.suffix.lower() not in STILLS:
        raise EdgeError(f"{path}: unknown suffix; expected a video ({_list(CODECS)}) or stills ({_list(STILLS)})")


def open_recorder(path: Path, source: Source, *, frames: int | None) -> Recorder:
    """Make the recorder that fits a file's suffix and a source.

    Args:
        path: where to write.
        source: what will be recorded.
        frames: how many frames there will be at most; None when nobody knows. One alone gets the path as it is;
            of more, each gets its number.

    Raises:
        EdgeError: the suffix is unknown, or the folder does not exist.
    """
    check_suffix(path)
    if not path.parent.is_dir():
        raise EdgeError(f"{path}: the folder {path.parent} does not exist; make it first")
    if path.suffix.lower() in STILLS:
        return Stills(path, numbered=frames != 1)
    return LiveVideo(path, source.rate) if source.kind is Kind.LIVE else Video(path, source.rate)


def _list(suffixes: Iterable[str]) -> str:
    return ", ".join(sorted(suffixes))
