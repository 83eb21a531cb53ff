"""Keeps outputs from overwriting what is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edge_app.runtime.errors import EdgeError


def spare_source(source: str, outputs: Iterable[Path]) -> None:
    """Refuse outputs that would overwrite the source, or a file of the folder that is the source.

    Raises:
        EdgeError: one would.
    """
    read = Path(source)
    if not read.exists():
        return
    for path in outputs:
        if path.exists() and (path.samefile(read) or path.parent.samefile(read)):
            raise EdgeError(f"{path}: is what is read, or part of it; choose another file to write")
