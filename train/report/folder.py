"""Writes a report whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_app.runtime.bundle import put_in_place
from train.errors import TrainError

METRICS = "metrics.json"


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `path` when the block ends well, and vanishes otherwise.

    Raises:
        TrainError: the place cannot be written, or is taken by something that is no report.
    """
    try:
        if path.exists() and not (path / METRICS).is_file():
            raise TrainError(f"{path}: exists and is no report, so it is not replaced; choose another with --out")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            yield fresh
            put_in_place(fresh, path, Path(scratch) / "old")
    except OSError as error:
        raise TrainError(
            f"{path}: cannot be written ({error.strerror or error}); choose another folder with --out"
        ) from None
