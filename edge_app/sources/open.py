"""From what the user wrote to a source."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Final

from edge_app.runtime.errors import EdgeError
from edge_app.sources import pictures, video
from edge_app.sources.camera import open_camera
from edge_app.sources.frames import Source
from edge_app.sources.network import open_address
from edge_app.sources.picamera import open_picamera

DEMO: Final = Path(__file__).parent.parent / "demo" / "digits.mp4"


def open_source(text: str) -> Source:
    """Open a source.

    Args:
        text: a camera's index, a picture, a folder, a video file, an http or rtsp address, `picamera` or `demo`.

    Raises:
        EdgeError: there is no such thing, or it cannot be read.
    """
    if re.fullmatch("[0-9]+", text):
        return open_camera(int(text))
    if text == "picamera":
        return open_picamera()
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://", text):
        return open_address(text)
    return _open_file(DEMO if text == "demo" else Path(text))


def _open_file(path: Path) -> Source:
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # A null character in the name is a ValueError.
        reason = "not found" if isinstance(error, FileNotFoundError) else getattr(error, "strerror", None) or str(error)
        raise EdgeError(
            f"{path}: {reason}; expected a camera's index, a picture, a folder, a video file, "
            "an address, picamera or demo"
        ) from None
    if stat.S_ISDIR(found.st_mode):
        return pictures.open_folder(path)
    if not stat.S_ISREG(found.st_mode):
        raise EdgeError(f"{path}: is a device or a pipe; expected a file, or a camera's index")
    if path.suffix.lower() in pictures.SUFFIXES:
        return pictures.open_picture(path)
    return video.open_video(path)
