"""Cameras behind an http or rtsp address."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import cv2

from edge_app.errors import EdgeError
from edge_app.sources.capture import Capture
from edge_app.sources.live import Live

TIMEOUT_MS: Final = 5000


def open_address(address: str) -> Live:
    """Read a stream by its address.

    Raises:
        EdgeError: nobody answers there, or with something that is no video.
    """
    name = _public(address)
    return Live(name, lambda: _connect(address, name))


def _connect(address: str, name: str) -> Capture:
    options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT_MS]
    one_thread = [cv2.CAP_PROP_N_THREADS, 1]  # Each further decoding thread delays the picture by a frame.
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, options + one_thread)
    if not capture.isOpened():
        capture.release()
        raise EdgeError(f"{name}: no video there; expected a stream such as http://HOST:PORT/stream; is it running?")
    return Capture(capture)


def _public(address: str) -> str:
    """Give the address without a user's name and password."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
