"""Videos with an end, read frame by frame, none dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge_app.runtime.errors import EdgeError
from edge_app.sources.frames import Frame, Notice, SourceKind

MOST_PIXELS: Final = 13_000_000
"""A frame of more pixels is not read: some ten of them are held at a time. The largest Raspberry Pi sensor that
streams has 12.3 million."""
USUAL_RATE: Final = 30.0
"""Frames a second of a video that does not tell."""


class Clip:
    """An open video that has an end."""

    kind = SourceKind.CLIP

    def __init__(self, name: str, capture: cv2.VideoCapture, *, files: Sequence[Path] = ()) -> None:
        """Take over an open capture.

        Args:
            name: what messages call the video.
            capture: at its first frame.
            files: the file that it reads; none for an address.
        """
        self.files = files
        self.name = name
        self._capture = capture
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate < 1000 else USUAL_RATE
        self.length = promised_frames(capture)

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
            raise EdgeError(
                f"{self.name}: no frame can be read; the file is broken, or its server cannot seek in it; download it"
            )
        if self.length is not None and count < self.length:
            yield Notice(f"{self.name}: ended after {count} of {self.length} frames; the rest cannot be read")

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _time_s(self, count: int) -> float:
        stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return stamp if stamp > 0 else count / self.rate


def open_video(path: Path) -> Clip:
    """Read a video file.

    Raises:
        EdgeError: the file is missing, empty or no video that OpenCV can read.
    """
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
    expect_bearable(str(path), capture)
    return Clip(str(path), capture, files=[path])


def expect_bearable(name: str, capture: cv2.VideoCapture) -> None:
    """Refuse a video or a stream whose frames would take too much memory, and close it.

    Raises:
        EdgeError: its frames are too large.
    """
    width, height = (int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    if width * height > MOST_PIXELS:
        capture.release()
        raise EdgeError(
            f"{name}: frames of {width} x {height}, expected at most {MOST_PIXELS / 1e6:.0f} megapixels; shrink them"
        )


def promised_frames(capture: cv2.VideoCapture) -> int | None:
    """How many frames a video says it has; None when it does not say, as an endless stream."""
    promised = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    return promised if promised > 0 else None
