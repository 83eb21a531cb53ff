"""What an offline check said of a bundle: `check.json` beside it, bound to its digest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import is_there, read_whole
from edge_app.runtime.manifest import Digest, Positive

CHECK = "check.json"
LARGEST = 2**20


class DataCheck(msgspec.Struct, frozen=True):
    """One data set: its name, how many of its images were used, and whether every tolerance was kept."""

    data: str
    images: Positive
    passed: bool


class CheckSummary(msgspec.Struct, frozen=True):
    """What a device reads of `check.json`; the figures that the exporter writes beside these keys are for people."""

    format: Literal["bayes-edge check"]
    version: Literal[1]
    digest: Digest
    checks: Annotated[tuple[DataCheck, ...], msgspec.Meta(min_length=1)]

    @property
    def passed(self) -> bool:
        """Whether every tolerance was kept on every data set."""
        return all(check.passed for check in self.checks)


def check_file(bundle: Bundle) -> Path:
    """Say where a bundle's check lies: inside its folder, or beside a single file as NAME.check.json."""
    if bundle.path.is_dir():
        return bundle.path / CHECK
    return bundle.path.with_suffix(f".{CHECK}")


def read_check(bundle: Bundle) -> CheckSummary | None:
    """Read what was said of a bundle; None when nothing was. Its `digest` may be another bundle's.

    Raises:
        EdgeError: the file cannot be read, or is no check.
    """
    path = check_file(bundle)
    if not is_there(path):
        return None
    try:
        return msgspec.json.decode(read_whole(path, LARGEST, "check the bundle again"), type=CheckSummary)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EdgeError(f"{path}: {error}; expected what export/check.py writes; check the bundle again") from None
