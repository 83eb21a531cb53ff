"""Cameras that the operating system numbers: USB webcams and the like."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import cv2

from edge_app.runtime.errors import EdgeError
from edge_app.sources.frames import UnreachableError
from edge_app.sources.live import CaptureDevice, Live

WIDTH, HEIGHT = 640, 480
LAST: Final = 255
"""The largest index that Linux gives to a video device."""
DEVICES: Final = Path("/sys/class/video4linux")


def open_camera(index: int) -> Live:
    """Read a camera by its index, 0 for the first.

    Raises:
        UnreachableError: there is no such camera now, or it is busy.
        EdgeError: there can be no such camera.
    """
    if index > LAST:
        raise EdgeError(f"camera {index}: there can be none, expected an index from 0 to {LAST}; or name a file")
    return Live(f"camera {index}", _connect(index), lambda: _connect(index))


def list_cameras() -> dict[int, str]:
    """Indices and names of the video devices that the system shows; Linux alone tells without opening them."""
    found = {}
    for device in DEVICES.glob("video*"):
        number = device.name.removeprefix("video")
        if number.isdecimal():
            found[int(number)] = _device_name(device)
    return dict(sorted(found.items()))


def _connect(index: int) -> CaptureDevice:
    capture = cv2.VideoCapture(index, cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)
    if not capture.isOpened():
        capture.release()
        raise UnreachableError(
            f"camera {index}: cannot be opened; {_found()}; plug one in, or name a file or an address"
        )
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return CaptureDevice(capture)


def _found() -> str:
    cameras = list_cameras()
    return f"found video devices {', '.join(map(str, cameras))}" if cameras else "found no video device"


def _device_name(device: Path) -> str:
    try:
        return (device / "name").read_text().strip()
    except OSError:
        return "unnamed"
