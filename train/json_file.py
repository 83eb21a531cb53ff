"""Writes figures down for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from train.errors import TrainError


def write_json(path: Path, figures: Any) -> None:
    """Write a dataclass of figures as JSON.

    Raises:
        TrainError: the file cannot be written.
    """
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n")
    except OSError as error:
        raise TrainError(f"{path}: cannot be written ({error.strerror or error}); choose another file") from None
