"""What every source gives: frames, and notices when there is no frame worth reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.errors import EdgeError


class UnreachableError(EdgeError):
    """A camera or a stream does not answer now; it may do so later."""


class SourceKind(Enum):
    """How the frames of a source follow one another."""

    PICTURES = auto()  # each for itself
    CLIP = auto()  # one after the other, none dropped
    LIVE = auto()  # now; what was not looked at in time is gone


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Attributes:
        image: uint8 [H, W, 3] BGR, or [H, W] grey.
        time_s: seconds since the source's first frame.
        picture: the path of the picture that it is; None for a frame of anything else.
        shown: a smaller copy to be shown in its place, uint8 [h, w, 3] BGR; None when the image itself is shown.
    """

    image: NDArray[np.uint8]
    time_s: float
    picture: str | None = None
    shown: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Why there is no picture to read.

    Attributes:
        text: one line for the user.
        unread: whether a picture that was asked for could not be read, and will not be.
    """

    text: str
    unread: bool = False


class Source(Protocol):
    """A sequence of frames.

    Attributes:
        name: what the user calls it.
        kind: how its frames follow one another.
        rate: frames a second, as far as the source knows.
        length: how many frames there are at most; None when nobody knows.
        files: the files that are read.
    """

    name: str
    kind: SourceKind
    rate: float
    length: int | None
    files: Sequence[Path]

    def __iter__(self) -> Iterator[Frame | Notice | None]:
        """Give the next frame, a notice, or None: nothing new yet, ask again."""

    def close(self) -> None:
        """Let go of the device or the file."""
