"""Streams and video files behind an http or rtsp address."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import cv2

from edge_app.runtime.errors import EdgeError
from edge_app.sources.frames import Source
from edge_app.sources.live import CaptureDevice, Live
from edge_app.sources.video import Clip, promised_frames

TIMEOUT_MS: Final = 5000
FILES: Final = ("http://", "https://")
"""Addresses that may be of a file; an rtsp server sets the pace, whatever it plays."""


def open_address(address: str) -> Source:
    """Read what is behind an address: a file to its end, none of its frames dropped; any other stream live.

    Raises:
        EdgeError: nobody answers there, or with something that is no video.
    """
    name = _public(address)
    capture = _connect(address, name)
    if address.lower().startswith(FILES) and promised_frames(capture) is not None:
        return Clip(name, capture)
    return Live(name, CaptureDevice(capture), lambda: CaptureDevice(_connect(address, name)))


def _connect(address: str, name: str) -> cv2.VideoCapture:
    options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT_MS]
    one_thread = [cv2.CAP_PROP_N_THREADS, 1]  # Each further decoding thread delays the picture by a frame.
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, options + one_thread)
    if not capture.isOpened():
        capture.release()
        raise EdgeError(
            f"{name}: no video there; expected a stream or a video, such as http://HOST:PORT/stream; is it running?"
        )
    return capture


def _public(address: str) -> str:
    """Give the address without a user's name and password."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
