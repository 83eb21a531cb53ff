"""Keep what one frame frees for the next one, in place of giving it back to the system."""

from __future__ import annotations

import ctypes
from typing import Final

M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
"""Numbers of glibc's malloc.h."""
LARGEST: Final = 4 << 20
"""Bytes up to which a picture comes from what was freed before: a frame of 1280 x 720 in colour, with room to spare."""
KEPT: Final = 16 << 20
"""Bytes that are kept at most."""


def keep_freed_memory() -> None:
    """Let the C library keep freed memory; does nothing where it is not glibc.

    By default glibc gives back what a frame frees, and takes it anew for the next: every page of it is a page fault,
    hundreds a frame.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGEST)
        mallopt(M_TRIM_THRESHOLD, KEPT)
