"""A bundle's folder as one file, which one hash and one signature cover: a ZIP archive without compression."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edge_app.runtime.bundle import OWN_SUFFIXES
from edge_app.runtime.errors import EdgeError

SUFFIX: Final = ".bundle"
LARGEST: Final = 2**30
MOST_FILES: Final = 1000
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""When every file is said to be from, so that the same bundle gives the same bytes."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Make the archive of a folder's files, by their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), files[name])
    return buffer.getvalue()


def unpack(path: Path) -> dict[str, bytes]:
    """Read an archive, trusting nothing: no folder, no compression, no name that another program would heed.

    Raises:
        EdgeError: it is none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if not 0 < len(parts) <= MOST_FILES or sum(part.file_size for part in parts) > LARGEST:
                raise EdgeError(f"{path}: found {len(parts)} files or too large ones, expected a bundle's")
            for part in parts:
                if Path(part.filename).name != part.filename or Path(part.filename).suffix not in OWN_SUFFIXES:
                    raise EdgeError(f"{path}: found {part.filename!r}, which is no bundle's; publish the bundle again")
                if part.compress_type != zipfile.ZIP_STORED:
                    raise EdgeError(f"{path}: found {part.filename} compressed; publish the bundle again")
            return {part.filename: archive.read(part) for part in parts}
    # NotImplementedError is zipfile's word for a ZIP of a kind that it cannot read, RuntimeError for an encrypted one.
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
        raise EdgeError(f"{path}: is no package of a bundle ({error}); publish the bundle again") from None
