"""From what the user wrote to a source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge_app.runtime.errors import EdgeError
from edge_app.sources import pictures, video
from edge_app.sources.camera import open_camera
from edge_app.sources.frames import Source
from edge_app.sources.network import open_address
from edge_app.sources.picamera import open_picamera

DEMO: Final = Path(__file__).parent.parent / "demo" / "digits.mp4"
ADDRESSES: Final = ("http://", "https://", "rtsp://", "rtsps://")


def open_source(text: str) -> Source:
    """Open a source.

    Args:
        text: a camera's index, a picture, a folder, a video file, an http or rtsp address, `picamera` or `demo`.

    Raises:
        EdgeError: there is no such thing, or it cannot be read.
    """
    if text.isdecimal():
        return open_camera(int(text))
    if text == "picamera":
        return open_picamera()
    if text.lower().startswith(ADDRESSES):
        return open_address(text)
    return _open_file(DEMO if text == "demo" else Path(text))


def _open_file(path: Path) -> Source:
    if path.is_dir():
        return pictures.open_folder(path)
    if not path.exists():
        raise EdgeError(
            f"{path}: not found; expected a camera's index, a picture, a folder, a video file, "
            "an http or rtsp address, picamera or demo"
        )
    if path.suffix.lower() in pictures.SUFFIXES:
        return pictures.open_picture(path)
    return video.open_video(path)
