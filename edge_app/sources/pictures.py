"""Single pictures and folders of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from edge_app.runtime.errors import EdgeError
from edge_app.sources.decode import read_picture
from edge_app.sources.frames import Frame, Notice, SourceKind

SUFFIXES: Final = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
SECONDS_EACH: Final = 2.0


class Pictures:
    """Pictures shown one by one."""

    kind = SourceKind.PICTURES
    rate = 1 / SECONDS_EACH

    def __init__(self, name: str, paths: list[Path]) -> None:
        """Take the paths of the pictures, in order."""
        self.name = name
        self.length: int | None = len(paths)
        self.files: Sequence[Path] = paths

    def __iter__(self) -> Iterator[Frame | Notice]:
        """Read picture after picture; of several, one that cannot be read gives a notice.

        Raises:
            EdgeError: the only one cannot be read.
        """
        read = 0
        for path in self.files:
            try:
                picture = read_picture(path)
            except EdgeError as error:
                if len(self.files) == 1:
                    raise
                yield Notice(str(error), unread=True)
                continue
            if picture.reduction > 1:
                yield Notice(
                    f"{path}: large, read at 1/{picture.reduction} of its size; boxes are in the reduced picture"
                )
            yield Frame(picture.image, read / self.rate, picture=str(path), shown=picture.shown)
            read += 1

    def close(self) -> None:
        """Nothing is held open between pictures."""


def open_picture(path: Path) -> Pictures:
    """Make a source of a single picture."""
    return Pictures(str(path), [path])


def open_folder(path: Path) -> Pictures:
    """Make a source of a folder's pictures, 2.png before 10.png.

    Raises:
        EdgeError: there is no picture in it, or it cannot be listed.
    """
    try:
        paths = [entry for entry in path.iterdir() if entry.suffix.lower() in SUFFIXES and entry.is_file()]
    except OSError as error:
        raise EdgeError(f"{path}: cannot be listed ({error.strerror or error})") from None
    if not paths:
        raise EdgeError(f"{path}: holds no picture; expected files ending in {', '.join(sorted(SUFFIXES))}")
    return Pictures(str(path), sorted(paths, key=_natural))


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
