"""How much memory this process holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/status")


def resident_mb() -> float:
    """Give the resident memory in megabytes (10^6 bytes); nan where the system does not tell in Linux's way."""
    return _field("VmRSS")


def peak_resident_mb() -> float:
    """Give the largest resident memory so far, as `resident_mb` does."""
    return _field("VmHWM")


def _field(name: str) -> float:
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    except OSError:
        found = None
    return int(found[1]) * 1024 / 1e6 if found else float("nan")
