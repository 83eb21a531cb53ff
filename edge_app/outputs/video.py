"""Annotated videos that are finished even when the disk runs full; they show the steady reading."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.outputs.files import Files, require_place, unfinished
from edge_app.outputs.sink import Run
from edge_app.overlay import View
from edge_app.result import FrameResult
from edge_app.runtime.errors import EdgeError
from edge_app.sources import SourceKind

CODECS: Final = {".avi": "MJPG", ".m4v": "mp4v", ".mkv": "mp4v", ".mov": "mp4v", ".mp4": "mp4v"}
UNFINISHED: Final = {".avi": ".avi", ".m4v": ".ismv", ".mkv": ".mkv", ".mov": ".ismv", ".mp4": ".ismv"}
"""Suffix of a video that is being written. It tells OpenCV the format: ismv is MP4 in fragments, each of which can be
played as soon as it is on the disk, whereas plain MP4 is worth nothing until its index is written at the end."""
BRANDS: Final = {b"isml\0\0\2\0ismlpiff": b"isom\0\0\2\0iso6mp41"}
"""What the header calls MP4 in fragments -> what players expect."""
RESERVE: Final = 1 << 20
"""Bytes that must stay free to finish a video: its last frames and its index."""
INDEX_ENTRY: Final = 64
"""Bytes of index a frame, at most."""
LONGEST_GAP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Video:
    """An annotated video: a clip's has a frame for each of the clip's, a live source's keeps real time."""

    path: Path

    @property
    def files(self) -> Files:
        """The one file."""
        return Files(self.path)

    def open(self, run: Run) -> VideoSink:
        """Prepare the video.

        Raises:
            EdgeError: no file can be written there.
        """
        require_place(self.path)
        make = LiveVideoWriter if run.kind is SourceKind.LIVE else VideoWriter
        return VideoSink(make(self.path, run.rate), View(run.manifest))


class VideoSink:
    """Draws every result and adds it to a video."""

    def __init__(self, writer: VideoWriter, view: View) -> None:
        """Draw with `view`, write with `writer`."""
        self._writer = writer
        self._view = view

    def take(self, result: FrameResult) -> None:
        """Add the frame.

        Raises:
            EdgeError: the disk is nearly full, or this system cannot make such a video.
        """
        self._writer.write(self._view.show(result, time.monotonic()), result.frame.time_s)

    def close(self) -> None:
        """Finish the video.

        Raises:
            EdgeError: it cannot be finished.
        """
        self._writer.close()


class VideoWriter:
    """Writes a video with one frame per picture.

    It takes its name, and the place of what had it before, when it is whole. What a kill leaves can be played.
    """

    def __init__(self, path: Path, rate: float) -> None:
        """Prepare a video of `rate` frames a second; the first picture gives its size."""
        self._path = path
        self._fresh = unfinished(path.resolve(), UNFINISHED[path.suffix.lower()])
        self._rate = rate
        self._size = (0, 0)
        self._writer: cv2.VideoWriter | None = None
        self._count = 0

    def write(self, canvas: NDArray[np.uint8], time_s: float) -> None:  # noqa: ARG002 - every picture is a frame
        """Add a picture, uint8 [H, W, 3] BGR with even sides.

        Raises:
            EdgeError: the disk is nearly full, or this system cannot make such a video.
        """
        self._add(canvas)

    def close(self) -> None:
        """Finish the file.

        Raises:
            EdgeError: it cannot be finished.
        """
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        found = _count_frames(self._fresh)
        if found != self._count:
            raise EdgeError(
                f"{self._path}: found {found} frames, expected {self._count}; they are in {self._fresh}; "
                "is the disk full?"
            )
        try:
            _name_brand(self._fresh)
            self._fresh.replace(self._path.resolve())
        except OSError as error:
            reason = error.strerror or error
            raise EdgeError(f"{self._path}: cannot be written ({reason}); the video is in {self._fresh}") from None

    def _add(self, canvas: NDArray[np.uint8]) -> None:
        self._expect_room()
        if self._writer is None:
            self._size = (canvas.shape[1], canvas.shape[0])
            self._writer = self._open()
        self._writer.write(_fit(canvas, self._size))
        self._count += 1

    def _open(self) -> cv2.VideoWriter:
        try:
            self._fresh.touch(exist_ok=False)
        except OSError as error:
            raise EdgeError(f"{self._path}: cannot be written ({error.strerror or error}); choose another") from None
        code = cv2.VideoWriter.fourcc(*CODECS[self._path.suffix.lower()])
        writer = cv2.VideoWriter(str(self._fresh), cv2.CAP_FFMPEG, code, self._rate, self._size)
        if not writer.isOpened():
            self._fresh.unlink(missing_ok=True)
            raise EdgeError(f"{self._path}: this OpenCV cannot write such a video; choose another suffix")
        return writer

    def _expect_room(self) -> None:
        # OpenCV does not tell when a frame could not be written.
        free = shutil.disk_usage(self._path.parent).free
        if free < RESERVE + INDEX_ENTRY * self._count:
            raise EdgeError(
                f"{self._path}: the disk is full ({free / 1e6:.1f} MB free) after {self._count} frames, "
                "which are kept; make room"
            )


class LiveVideoWriter(VideoWriter):
    """Writes a video that keeps real time: pictures are repeated or left out as time asks; long gaps are cut short."""

    def __init__(self, path: Path, rate: float) -> None:
        """Prepare a video; see `VideoWriter`."""
        super().__init__(path, rate)
        self._start_s = -np.inf

    def write(self, canvas: NDArray[np.uint8], time_s: float) -> None:
        """Add a picture as often as it takes to reach its time.

        Raises:
            EdgeError: as `VideoWriter.write`.
        """
        written_s = self._count / self._rate
        if time_s - self._start_s > written_s + LONGEST_GAP_S:
            self._start_s = time_s - written_s
        while self._count <= (time_s - self._start_s) * self._rate:
            self._add(canvas)


def _fit(canvas: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Bring a picture of another size into the middle of a video's frame."""
    width, height = size
    if canvas.shape[:2] == (height, width):
        return canvas
    scale = min(width / canvas.shape[1], height / canvas.shape[0])
    inner = (max(1, round(canvas.shape[1] * scale)), max(1, round(canvas.shape[0] * scale)))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    frame = np.zeros((height, width, 3), np.uint8)
    frame[top : top + inner[1], left : left + inner[0]] = cv2.resize(canvas, inner, interpolation=cv2.INTER_AREA)
    return frame


def _count_frames(path: Path) -> int:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    return count


def _name_brand(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(8)
        brand = BRANDS.get(file.read(16))
        if brand is not None:
            file.seek(8)
            file.write(brand)
