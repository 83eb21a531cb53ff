"""The annotated stream: drawn only while somebody looks, the newest frame alone, for every viewer at his own pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.board import Board
from edge_app.overlay import View

VIEWERS: Final = 10
FASTEST_S: Final = 1 / 15
QUALITY: Final = 80
IDLE_S: Final = 1.0


class Stream:
    """Draws and encodes each frame once, however many look; a slow viewer skips frames and holds up nobody.

    Attributes:
        view: how frames are drawn; the viewers' to change.
        frozen: whether the picture stands still.
        viewers: how many look now.
    """

    def __init__(self, board: Board, view: View) -> None:
        """Show what comes onto the board."""
        self.view = view
        self.frozen = False
        self.viewers = 0
        self._board = board
        self._jpeg = b""
        self._drawn: tuple[object, ...] = ()
        self._drawn_s = -FASTEST_S
        self._turn = asyncio.Lock()
        self._posted = asyncio.Event()

    def wake(self) -> None:
        """Say that a new frame is on the board; in the event loop's thread."""
        self._posted.set()

    async def pictures(self) -> AsyncIterator[bytes]:
        """Give JPEG pictures as they come, to one viewer; the last one again after a second without a new one."""
        self.viewers += 1
        try:
            while True:
                jpeg = await self._newest()
                if jpeg:
                    yield jpeg
                while jpeg is await self._newest():
                    if not await self._woken():
                        break
        finally:
            self.viewers -= 1

    async def _newest(self) -> bytes:
        async with self._turn:
            result = self._board.result
            look = (result, self.view.panel, self.view.samples)
            if result is None or look == self._drawn or (self.frozen and self._jpeg):
                return self._jpeg
            await asyncio.sleep(max(0.0, self._drawn_s + FASTEST_S - time.monotonic()))
            result = self._board.result or result
            self._drawn, self._drawn_s = (result, self.view.panel, self.view.samples), time.monotonic()
            canvas = self.view.show(result, time.monotonic())
            self._jpeg = await asyncio.to_thread(encode_jpeg, canvas)
            return self._jpeg

    async def _woken(self) -> bool:
        """Wait for a new frame, but not for ever."""
        self._posted.clear()
        try:
            await asyncio.wait_for(self._posted.wait(), IDLE_S)
        except TimeoutError:
            return False
        return True


def encode_jpeg(canvas: NDArray[np.uint8]) -> bytes:
    """Encode a picture, uint8 [H, W, 3] BGR."""
    _, encoded = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes()


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """Encode a picture, uint8 [H, W, 3] BGR or [H, W] grey, without loss."""
    _, encoded = cv2.imencode(".png", picture)
    return encoded.tobytes()
