"""When a process is killed: after so many seconds, or as soon as what it writes has changed so often."""

from __future__ import annotations

import os
import time
from pathlib import Path

LOOK_S = 0.002
PATIENCE_S = 300.0


def wait_for_moment(pid: int, results: Path, seconds: float, changes: int | None) -> None:
    """Wait for the moment, or until what the task writes has changed so often; not for a task that has ended."""
    start, last = time.monotonic(), _listing(results)
    while time.monotonic() - start < (seconds if changes is None else PATIENCE_S):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        found = _listing(results)
        if changes is not None and found != last:
            changes, last = changes - 1, found
            if changes == 0:
                return
        time.sleep(LOOK_S)


def _listing(folder: Path) -> list[tuple[str, int]]:
    found = []
    for root, folders, names in os.walk(folder):
        for name in (*folders, *names):
            try:
                found.append((f"{root}/{name}", Path(root, name).lstat().st_mtime_ns))
            except OSError:  # It was there a moment ago.
                continue
    return sorted(found)
