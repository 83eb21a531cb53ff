"""Keeps what is finished of an evaluation in a folder, so that one that was interrupted goes on from there.

A shard is one job, and what came of it is one file, written whole by the process that asked for it, wherever it was
measured. The file is named after the digest of all that its content depends on: the job and its item, with the digest
of what is measured; the rooms' code and data; the installed packages. What is not the same is done again.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import io
import os
import sys
import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_app.jobs import HERE, Jobs, Place, run_jobs
from edge_app.options import report
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import is_there, read_whole, write_whole
from train.errors import TrainError

Item = TypeVar("Item")
Result = TypeVar("Result")

FORMAT: Final = 1
"""Of the files; counts up when they are written in another way."""
SUFFIX: Final = ".shard"
LARGEST: Final = 1_000_000_000
DIGEST: Final = 32
AGAIN: Final = "it is measured again"
CHECKOUT: Final = Path(__file__).parents[2]
ROOMS: Final = ("dataset", "edge_app", "models", "train")
MEASURES: Final = {".py", ".npy", ".npz", ".tflite"}
"""Endings of the rooms' files that decide what is measured."""


class Shard(msgspec.Struct, frozen=True, array_like=True):
    """What a file holds behind its SHA-256.

    Attributes:
        origin: all that the result depends on.
        result: what came of the job.
    """

    origin: bytes
    result: bytes


def add_keep_option(parser: argparse.ArgumentParser) -> None:
    """Add --keep, for `run_kept` and `going_on`."""
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep what is finished in this folder; after an interruption the same command goes on from there",
    )


@contextmanager
def going_on(keep: Path | None) -> Iterator[None]:
    """Say in one line what is left of the block when somebody interrupts it, and how to go on.

    Raises:
        TrainError: it was interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise TrainError(
            "interrupted; nothing was written; with --keep DIR the same command would go on from what is finished"
            if keep is None
            else f"interrupted; what is finished is kept in {keep}; the same command goes on from there"
        ) from None


def run_kept(
    job: Callable[[Item], Result], items: Sequence[Item], place: Place = HERE, keep: Path | None = None
) -> Jobs[Result]:
    """Do a job for every item, as `run_jobs` does, but for those whose result is kept.

    Args:
        job: see `run_jobs`; says what it returns, for so it is read back: numbers, texts, arrays, dataclasses of them.
        items: dataclasses of numbers, texts, paths, with the digest of what is measured.
        place: where the others are done.
        keep: the folder, which is made if need be; None to keep nothing.

    Yields:
        The index of an item and its result: first what is kept, then the others as they are finished.

    Raises:
        EdgeError: the folder cannot be written; or as `run_jobs`.
        Exception: whatever a job raises.
    """
    if keep is None:
        yield from run_jobs(job, items, place)
        return
    _make(keep)
    measures, returned = _digest_measures(), typing.get_type_hints(job)["return"]
    origins = [_origin(job, item, measures) for item in items]
    missing = []
    for index, origin in enumerate(origins):
        kept = _read(_path(keep, origin), origin)
        if kept is None:
            missing.append(index)
        else:
            yield index, msgspec.msgpack.decode(kept, type=returned, dec_hook=_decode_array)
    for number, result in run_jobs(job, [items[index] for index in missing], place):
        origin = origins[missing[number]]
        shard = Shard(origin, msgspec.msgpack.encode(result, enc_hook=_encode_array))
        content = msgspec.msgpack.encode(shard)
        write_whole(_path(keep, origin), hashlib.sha256(content).digest() + content)
        yield missing[number], result


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainError(
            f"--keep: {folder}: cannot be made ({error.strerror or error}); choose another folder"
        ) from None


def _origin(job: Callable[..., Any], item: object, measures: str) -> bytes:
    depends = (FORMAT, measures, job.__qualname__, item)
    return msgspec.json.encode(depends, enc_hook=os.fspath, order="deterministic")


def _path(folder: Path, origin: bytes) -> Path:
    return folder / f"{hashlib.sha256(origin).hexdigest()}{SUFFIX}"


def _read(path: Path, origin: bytes) -> bytes | None:
    """Read what came of a job; None where nothing is kept, or nothing that is whole and of this origin."""
    if not is_there(path):
        return None
    try:
        content = read_whole(path, LARGEST, AGAIN)
        shard = msgspec.msgpack.decode(content[DIGEST:], type=Shard)
    except EdgeError as error:
        report(str(error))
        return None
    except msgspec.DecodeError:
        shard = None
    if shard is None or shard.origin != origin or hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
        report(f"{path}: is damaged, or of something else; {AGAIN}")
        return None
    return shard.result


def _digest_measures() -> str:
    """Digest what every measurement depends on: this Python, its packages, and the rooms' code and data."""
    packages = sorted(f"{package.name} {package.version}" for package in importlib.metadata.distributions())
    digest = hashlib.sha256("\n".join([sys.version, *packages]).encode())
    paths = (path for room in ROOMS for path in (CHECKOUT / room).rglob("*") if path.suffix in MEASURES)
    for path in sorted(paths):
        digest.update(f"\n{path.relative_to(CHECKOUT)} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return digest.hexdigest()


def _encode_array(array: Any) -> bytes:
    if not isinstance(array, np.ndarray):
        raise NotImplementedError(f"{type(array)} is not kept")
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _decode_array(_: type, content: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return array
