"""A run folder: a posterior, the record of how it came about, and while unfinished what training goes on from.

Reading one needs no TensorFlow; `models.rebuild` makes its Keras model.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.network import Posterior
from models.posterior_file import decode_posterior, encode_posterior, read_archive

RECORD = "run.json"
POSTERIOR = "posterior.npz"
PRETRAINED = Path(__file__).parent / "pretrained"

Count = Annotated[int, msgspec.Meta(ge=0)]


class Epoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one epoch over the training images gave: mean loss in nats, and accuracy of the passes taken."""

    loss: float
    accuracy: float
    seconds: float


class StoredFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file in the run's folder: its name and its SHA-256."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[\w-]+\.npz$")]
    sha256: str


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the values of an image mean: that of bare paper, and that of full ink."""

    paper: float
    ink: float


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record of a run; `run.json` holds exactly these keys.

    Attributes:
        model: the network's name.
        recipe: every setting of the training by name.
        seed: of initial weights, shuffling and sampled weights.
        rows: number of images trained on.
        holdout: number of training images kept for calibration, the last ones.
        input: what the images' values mean.
        labels: the classes' names, in the order of the network's outputs.
        epochs: history, one entry an epoch.
        finished: whether the recipe was followed to its end.
        metrics: test figures by data set and name; empty until finished.
        versions: of the libraries.
        posterior: the posterior's file; None until the run is saved.
        training: the file that an unfinished training goes on from.
    """

    format: Literal["bayes-edge-run"]
    version: Literal[2]
    model: str
    recipe: dict[str, str | int | float | bool]
    seed: int
    rows: Annotated[int, msgspec.Meta(ge=1)]
    holdout: Count
    input: Input
    labels: tuple[str, ...]
    epochs: tuple[Epoch, ...]
    finished: bool
    metrics: dict[str, dict[str, float]]
    versions: dict[str, str]
    posterior: StoredFile | None = None
    training: StoredFile | None = None


class Run(msgspec.Struct, frozen=True):
    """A run read back: its folder, its record, and its posterior."""

    folder: Path
    record: Record
    posterior: Posterior


def save_run(
    folder: Path, record: Record, posterior: Posterior, training: Mapping[str, NDArray[Any]] | None = None
) -> Record:
    """Write the files, then the record, each in one step.

    The record is the last to change, so that an interruption leaves the run as it was. Files of earlier epochs are
    removed.

    Args:
        folder: of the run.
        record: its files may be None.
        posterior: what the run has reached.
        training: of an unfinished run, what `models.rebuild.training_state` returned.

    Returns:
        The record with its files named.

    Raises:
        ModelError: the folder cannot be written.
    """
    stem = f"epoch-{len(record.epochs):02}"
    stored = _store(folder / (POSTERIOR if record.finished else f"{stem}.npz"), encode_posterior(posterior))
    state = None if training is None else _store(folder / f"{stem}-training.npz", _pack(training))
    saved = msgspec.structs.replace(record, posterior=stored, training=state)
    _write(folder / RECORD, msgspec.json.format(msgspec.json.encode(saved), indent=2) + b"\n")
    for stale in list(folder.glob("epoch-*.npz")):
        if stale.name not in {file.name for file in (stored, state) if file}:
            stale.unlink()
    return saved


def load_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        ModelError: a file is missing or broken, or is of another run.
    """
    record = read_record(folder)
    if record.posterior is None:
        raise ModelError(f"{folder / RECORD}: found no posterior named, expected its file; train the model again")
    content = _read_stored(folder, record.posterior)
    posterior = decode_posterior(content, str(folder / record.posterior.name))
    if posterior.architecture != record.model:
        raise ModelError(
            f"{folder / record.posterior.name}: found a posterior of {posterior.architecture!r}, expected one of "
            f"{record.model!r}; train the model again"
        )
    return Run(folder, record, posterior)


def load_runs(folder: Path) -> tuple[Run, ...]:
    """Read a run folder, or a folder of finished runs: a mixture of posteriors, in the order of the runs' names.

    Raises:
        ModelError: a run cannot be read or is not finished, the runs' networks differ, or they were trained on other
            images, so that none is held out from all of them.
    """
    members = sorted(path.parent for path in folder.glob(f"*/{RECORD}")) if not (folder / RECORD).exists() else []
    if not members:
        return (load_run(folder),)
    runs = tuple(load_run(member) for member in members)
    for run in runs:
        if not run.record.finished:
            raise ModelError(f"{run.folder}: found a run that is not finished, expected finished ones; go on training")
        if _shared(run.record) != _shared(runs[0].record):
            raise ModelError(
                f"{run.folder}: found a run of {run.record.model!r} on {run.record.rows:,} images with "
                f"{run.record.holdout:,} held out, expected one like {runs[0].folder}; keep runs of one network and "
                "one holdout in the folder"
            )
    return runs


def _shared(record: Record) -> tuple[object, ...]:
    """Give what the runs of a mixture have in common."""
    return record.model, record.rows, record.holdout, record.input, record.labels


def load_training_state(folder: Path, record: Record) -> dict[str, NDArray[np.generic]]:
    """Read what an unfinished training goes on from, by name.

    Raises:
        ModelError: the run holds no such file, or a broken one.
    """
    if record.training is None:
        raise ModelError(f"{folder}: holds no state that training could go on from; remove it to start anew")
    return read_archive(_read_stored(folder, record.training), str(folder / record.training.name))


def read_record(folder: Path) -> Record:
    """Read a run folder's record alone.

    Raises:
        ModelError: the file is missing or is no record.
    """
    path = folder / RECORD
    try:
        return msgspec.json.decode(_read(path), type=Record)
    except msgspec.DecodeError as error:
        raise ModelError(f"{path}: {error}; expected a bayes-edge run, version 2; train the model again") from None


def _pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _store(path: Path, content: bytes) -> StoredFile:
    _write(path, content)
    return StoredFile(path.name, hashlib.sha256(content).hexdigest())


def _read_stored(folder: Path, file: StoredFile) -> bytes:
    content = _read(folder / file.name)
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise ModelError(f"{folder / file.name}: found SHA-256 {digest}, expected {file.sha256}; train the model again")
    return content


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be written ({error.strerror or error}); choose another folder with --out"
        ) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read ({error.strerror or error}); expected a folder written by python -m train"
        ) from None
