"""Video files, read frame by frame, none dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge_app.errors import EdgeError
from edge_app.sources.frames import Frame, Kind, Notice

USUAL_RATE: Final = 30.0
"""Frames a second of a video that does not tell."""


class VideoFile:
    """A video file."""

    kind = Kind.CLIP

    def __init__(self, path: Path) -> None:
        """Open a video.

        Raises:
            EdgeError: the file is missing, empty or no video that OpenCV can read.
        """
        self.name = str(path)
        self._capture = _open(path)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate < 1000 else USUAL_RATE
        promised = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.length = promised if promised > 0 else None

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Read to the end; a file that ends too soon gives a notice.

        Raises:
            EdgeError: not a single frame could be read.
        """
        count = 0
        while True:
            found, image = self._capture.read()
            if not found:
                break
            yield Frame(np.asarray(image, np.uint8), self._time_s(count))
            count += 1
        if count == 0:
            raise EdgeError(f"{self.name}: no frame can be read; expected a video; the file is broken")
        if self.length is not None and count < self.length:
            yield Notice(f"{self.name}: ended after {count} of {self.length} frames; the file seems truncated")

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _time_s(self, count: int) -> float:
        stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return stamp if stamp > 0 else count / self.rate


def _open(path: Path) -> cv2.VideoCapture:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise EdgeError(f"{path}: cannot be read ({error.strerror or error}); expected a video") from None
    if size == 0:
        raise EdgeError(f"{path}: is empty (0 bytes); expected a video")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise EdgeError(
            f"{path}: neither a picture nor a video that OpenCV can read; expected .jpg, .png, .mp4 or the like"
        )
    return capture
