"""How much memory this process holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/statm")


def resident_mb() -> float:
    """Give the resident memory in megabytes (10^6 bytes); nan where the system does not tell in Linux's way."""
    try:
        pages = int(STATUS.read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
