"""Live sources: a thread keeps only the newest frame, so that what is shown is now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.errors import EdgeError
from edge_app.sources.frames import Frame, Notice, SourceKind
from edge_app.sources.health import Health
from edge_app.sources.video import USUAL_RATE

LOOK_AGAIN_S: Final = 0.1
"""How long a reader waits for a frame before it may look after other things."""
PATIENCE_S: Final = 2.0
"""A device that gives nothing for longer is reported."""
CLOSING_S: Final = 0.5
"""A device that gives nothing for longer when it is to be closed is left behind."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
"""Pauses between attempts to reconnect; each is twice the one before."""
AT_ONCE: Final = 0.25
"""A picture that takes less of a frame's time to read was waiting; a newer one may be behind it."""
LONGEST_DRAIN_S: Final = 1.0
"""A device that is faster than it says gives nothing else."""


class Device(Protocol):
    """An open camera or connection."""

    rate: float

    def read(self) -> NDArray[np.uint8] | None:
        """Wait for the next picture, uint8 [H, W, 3] BGR; None when the device is gone."""

    def close(self) -> None:
        """Let go of it."""


class CaptureDevice:
    """An open VideoCapture of OpenCV as a device."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        """Take over an open capture."""
        self._capture = capture
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate <= 240 else USUAL_RATE

    def read(self) -> NDArray[np.uint8] | None:
        """Wait for the next picture; None when there is none: a failed read must not pass for a black picture."""
        found, image = self._capture.read()
        return np.asarray(image, np.uint8) if found and image is not None and image.size else None

    def close(self) -> None:
        """Release the capture."""
        self._capture.release()


class Live:
    """The newest frame of a device that is opened again when it is lost."""

    kind = SourceKind.LIVE
    length: int | None = None
    files: Sequence[Path] = ()

    def __init__(self, name: str, device: Device, connect: Callable[[], Device]) -> None:
        """Start to read a device.

        Args:
            name: what messages call it.
            device: open.
            connect: opens it again or raises EdgeError.
        """
        self.name = name
        self._connect = connect
        self._newest = _Newest()
        self._stop = threading.Event()
        self.rate = device.rate
        self._thread = threading.Thread(target=self._run, args=(device,), name=f"reader of {name}", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Frame | Notice | None]:
        """Give the newest frame that was not given before; never ends by itself."""
        heard = time.monotonic()
        silence = Notice(f"{self.name}: no picture for {PATIENCE_S:.0f} s; waiting for it")
        reason = silence
        while not self._stop.is_set():
            item = self._newest.take(LOOK_AGAIN_S)
            if item is not None:
                heard = time.monotonic()
                reason = item if isinstance(item, Notice) else silence
                yield item
            elif time.monotonic() - heard > PATIENCE_S:
                yield reason
            else:
                yield None

    def close(self) -> None:
        """Stop reading; a device that hangs is left behind."""
        self._stop.set()
        self._thread.join(timeout=CLOSING_S)

    def _run(self, device: Device | None) -> None:
        start = time.monotonic()
        pause = FIRST_PAUSE_S
        while True:
            if device is not None and self._stream(device, start):
                pause = FIRST_PAUSE_S
            if self._stop.is_set():
                return
            self._newest.put(Notice(f"{self.name}: lost; trying again in {pause:g} s"))
            self._stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
            device = self._reconnect()

    def _reconnect(self) -> Device | None:
        try:
            return self._connect()
        except EdgeError:
            return None

    def _stream(self, device: Device, start: float) -> bool:
        """Read until the device is lost or nobody wants more; tell whether it gave any picture."""
        health = Health(self.name)
        image = first = _drain(device)
        while image is not None and not self._stop.is_set():
            now = time.monotonic()
            trouble = health.trouble(image, now)
            self._newest.put(Frame(image, now - start) if trouble is None else Notice(trouble))
            image = device.read()
        device.close()
        return first is not None


def _drain(device: Device) -> NDArray[np.uint8] | None:
    """Read past what was buffered while the device was opened: give the first picture that had to be waited for."""
    newest = None
    deadline = time.monotonic() + LONGEST_DRAIN_S
    while (asked := time.monotonic()) < deadline and (image := device.read()) is not None:
        newest = image
        if time.monotonic() - asked > AT_ONCE / device.rate:
            break
    return newest


class _Newest:
    """A place for one item; a new one replaces what nobody took."""

    def __init__(self) -> None:
        self._item: Frame | Notice | None = None
        self._changed = threading.Condition()

    def put(self, item: Frame | Notice) -> None:
        with self._changed:
            self._item = item
            self._changed.notify()

    def take(self, timeout_s: float) -> Frame | Notice | None:
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None, timeout_s)
            item, self._item = self._item, None
            return item
