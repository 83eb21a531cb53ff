"""The Raspberry Pi's own camera, through picamera2."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.errors import EdgeError
from edge_app.sources.frames import UnreachableError
from edge_app.sources.live import Live

SIZE: Final = (640, 480)
RATE: Final = 30.0


def open_picamera() -> Live:
    """Read the Raspberry Pi's camera.

    Raises:
        EdgeError: picamera2 is not importable, or no camera is attached.
    """
    return Live("picamera", _PiCamera(), _PiCamera)


class _PiCamera:
    """A running Picamera2 as a live device."""

    rate = RATE

    def __init__(self) -> None:
        self._camera = _start()

    def read(self) -> NDArray[np.uint8] | None:
        try:
            return np.asarray(self._camera.capture_array("main"), np.uint8)
        except RuntimeError:
            return None

    def close(self) -> None:
        self._camera.close()


def _start() -> Any:
    try:
        from picamera2 import Picamera2  # noqa: PLC0415 - only a Raspberry Pi has it
    except ImportError:
        raise EdgeError(
            "picamera: picamera2 is not importable; sudo apt-get install python3-picamera2, "
            "and make the venv with python3 -m venv --system-site-packages"
        ) from None
    except ValueError as error:  # Its simplejpeg was built for another NumPy than the venv's.
        raise EdgeError(
            f"picamera: picamera2 does not fit this NumPy ({error}); pip install --force-reinstall --no-deps simplejpeg"
        ) from None
    try:
        camera = Picamera2()
        # libcamera's RGB888 is blue, green, red in memory: what OpenCV expects.
        camera.configure(camera.create_video_configuration(main={"size": SIZE, "format": "RGB888"}))
        camera.start()
    except (IndexError, RuntimeError) as error:
        raise UnreachableError(f"picamera: no camera answers ({error}); check the cable and rpicam-hello") from None
    return camera
