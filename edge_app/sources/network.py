"""Streams and video files behind an address."""

from __future__ import annotations

import re
from typing import Final

import cv2

from edge_app.runtime.errors import EdgeError
from edge_app.sources.frames import Source, UnreachableError
from edge_app.sources.live import CaptureDevice, Live
from edge_app.sources.video import Clip, expect_bearable, promised_frames

SCHEMES: Final = ("http", "https", "rtmp", "rtmps", "rtp", "rtsp", "rtsps", "srt", "tcp", "udp")
TIMEOUT_MS: Final = 5000
FILES: Final = ("http", "https")
"""Schemes of addresses that may be of a file; other servers set the pace, whatever they play."""


def open_address(address: str) -> Source:
    """Read what is behind an address: a file to its end, none of its frames dropped; any other stream live.

    Raises:
        UnreachableError: nobody answers there now, or with something that is no video.
        EdgeError: there can be no such address.
    """
    scheme = address.partition("://")[0].lower()
    name = public_name(address)
    if scheme not in SCHEMES or name.endswith("://"):
        expected = ", ".join(SCHEMES)
        raise EdgeError(f"{name}: no address; expected SCHEME://HOST:PORT/..., the scheme one of {expected}")
    capture = _connect(address, name)
    if scheme in FILES and promised_frames(capture) is not None:
        return Clip(name, capture)
    return Live(name, CaptureDevice(capture), lambda: CaptureDevice(_connect(address, name)))


def _connect(address: str, name: str) -> cv2.VideoCapture:
    options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT_MS]
    one_thread = [cv2.CAP_PROP_N_THREADS, 1]  # Each further decoding thread delays the picture by a frame.
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, options + one_thread)
    if not capture.isOpened():
        capture.release()
        raise UnreachableError(
            f"{name}: no video there; expected a stream or a video, such as http://HOST:PORT/stream; is it running?"
        )
    expect_bearable(name, capture)
    return capture


def public_name(address: str) -> str:
    """Give the scheme, host and port of an address: users, passwords and keys may stand anywhere else in it.

    What stands before an `@` is left out, wherever it is: a password may hold what ends a host's name.
    """
    scheme, _, rest = address.partition("://")
    host = re.match(r"(\[[\w:.%]+\]|[\w.\-]*)(:\d+)?", rest.rpartition("@")[2])
    return f"{scheme}://{host[0] if host else ''}"
