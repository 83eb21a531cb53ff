"""Corrections: digits that a viewer says were misread, kept in a file of bounded size.

A correction is labelled data: `export_feedback` writes it as a data set's folder.
"""

from __future__ import annotations

import io
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.errors import EdgeError

LARGEST_BYTES: Final = 50_000_000
SCHEMA: Final = """
create table if not exists corrections (
    id integer primary key,
    time real not null,
    bundle text not null,
    label text not null,
    read_as text not null,
    unsure integer not null,
    asked integer not null,
    image blob not null,
    picture blob not null
)
"""
ROW_OVERHEAD: Final = 200
"""Bytes that a row takes besides its pictures, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """One digit and what it really is.

    Attributes:
        time: seconds since 1970.
        bundle: digest of the bundle that read it.
        label: what the viewer says it is.
        read_as: what the bundle said.
        unsure: whether the bundle's reading carried a warning.
        asked: whether the digit was drawn at random and asked for; else the viewer chose it.
        image: as the networks saw it, float32 [28, 28, 1], paper 1 and ink 0.
        picture: the picture around it, an encoded PNG.
    """

    time: float
    bundle: str
    label: str
    read_as: str
    unsure: bool
    asked: bool
    image: NDArray[np.float32]
    picture: bytes


class FeedbackStore:
    """A SQLite file; the oldest corrections make room for new ones."""

    def __init__(self, path: Path, *, largest_bytes: int = LARGEST_BYTES) -> None:
        """Open the file, or make it.

        Raises:
            EdgeError: it cannot be opened, or is another program's.
        """
        self._path = path
        self._largest = largest_bytes
        try:
            self._file = sqlite3.connect(path, check_same_thread=False)
            self._file.execute("pragma journal_mode = wal")
            self._file.execute(SCHEMA)
        except sqlite3.Error as error:
            raise EdgeError(f"{path}: cannot be used for corrections ({error}); choose another file") from None

    def add(self, correction: Correction) -> None:
        """Keep a correction; it is on the disk when this returns.

        Raises:
            EdgeError: there is no room.
        """
        buffer = io.BytesIO()
        np.save(buffer, correction.image, allow_pickle=False)
        row = (
            correction.time, correction.bundle, correction.label, correction.read_as, int(correction.unsure),
            int(correction.asked), buffer.getvalue(), correction.picture,
        )  # fmt: skip
        try:
            with self._file:
                self._file.execute(
                    "insert into corrections (time, bundle, label, read_as, unsure, asked, image, picture) "
                    "values (?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
                self._file.execute(
                    "delete from corrections where id in (select id from (select id, "
                    "sum(length(image) + length(picture) + ?) over (order by id desc) as bytes from corrections) "
                    "where bytes > ?)",
                    (ROW_OVERHEAD, self._largest),
                )
        except sqlite3.Error as error:
            raise EdgeError(f"{self._path}: cannot be written ({error}); make room") from None

    def corrections(self) -> list[Correction]:
        """Give all that is kept, the oldest first."""
        rows = self._file.execute(
            "select time, bundle, label, read_as, unsure, asked, image, picture from corrections order by id"
        )
        return [
            Correction(
                time=time,
                bundle=bundle,
                label=label,
                read_as=read_as,
                unsure=bool(unsure),
                asked=bool(asked),
                image=np.load(io.BytesIO(image), allow_pickle=False),
                picture=picture,
            )
            for time, bundle, label, read_as, unsure, asked, image, picture in rows
        ]

    def checked(self, bundle: str) -> list[bool]:
        """Give which of a bundle's readings that carried no warning and were asked for were wrong, the oldest first."""
        rows = self._file.execute(
            "select label != read_as from corrections where bundle = ? and asked and not unsure order by id", (bundle,)
        )
        return [bool(wrong) for (wrong,) in rows]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def export_feedback(path: Path, folder: Path) -> int:
    """Write corrections as a data set: `x_train.npy`, raw uint8 [N, 28, 28] with ink 255, and `y_train.npy`, int64 [N].

    Returns:
        How many there are.

    Raises:
        EdgeError: there is no such file, it holds no correction, a label is no digit, or the folder exists.
    """
    if not path.is_file():
        raise EdgeError(f"{path}: not found; corrections are kept with --feedback {path}")
    store = FeedbackStore(path)
    try:
        kept = store.corrections()
    finally:
        store.close()
    if not kept:
        raise EdgeError(f"{path}: holds no correction yet")
    wrong = [correction.label for correction in kept if not correction.label.isdecimal()]
    if wrong:
        raise EdgeError(f"{path}: found label {wrong[0]!r}, expected a digit; such corrections cannot be exported")
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise EdgeError(f"{folder}: exists already; choose another folder") from None
    images = np.stack([correction.image[..., 0] for correction in kept])
    np.save(folder / "x_train.npy", np.round(255 * (1 - images)).astype(np.uint8))
    np.save(folder / "y_train.npy", np.array([int(correction.label) for correction in kept], np.int64))
    return len(kept)
