"""A run folder: a trained model's weights and the record of how they came about."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import tf_keras
from numpy.typing import NDArray

from models.errors import ModelError
from models.networks import BUILDERS

RECORD = "run.json"
WEIGHTS = "weights.npz"
FileName = Annotated[str, msgspec.Meta(pattern=r"^[\w-]+\.npz$")]
PRETRAINED = Path(__file__).parent / "pretrained"


class Epoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one epoch over the training images gave: mean loss in nats, and accuracy of the passes taken."""

    loss: float
    accuracy: float
    seconds: float


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record of a run; `run.json` holds exactly these keys.

    Attributes:
        model: the network's name.
        recipe: every setting of the training by name.
        seed: of initial weights, shuffling and sampled weights.
        rows: number of images trained on.
        holdout: number of training images kept for calibration, the last ones.
        epochs: history, one entry an epoch.
        finished: whether the recipe was followed to its end.
        metrics: test figures by data set and name; empty until finished.
        weights: name of the weights file in the folder.
        weights_sha256: of that file.
        versions: of the libraries.
    """

    format: Literal["bayes-edge-run"]
    version: Literal[1]
    model: str
    recipe: dict[str, str | int | float | bool]
    seed: int
    rows: Annotated[int, msgspec.Meta(ge=1)]
    holdout: Annotated[int, msgspec.Meta(ge=0)]
    epochs: tuple[Epoch, ...]
    finished: bool
    metrics: dict[str, dict[str, float]]
    weights: FileName
    weights_sha256: str
    versions: dict[str, str]


class Run(msgspec.Struct, frozen=True):
    """A run read back: its folder, its record, and the model with the trained weights."""

    folder: Path
    record: Record
    model: Any


def save_run(folder: Path, record: Record, model: tf_keras.Sequential) -> Record:
    """Write the weights under the record's file name, then the record, each in one step.

    The record is the last to change, so that an interruption leaves the run as it was. Weights of earlier epochs are
    removed. An unfinished run's optimiser state is kept beside its weights.

    Returns:
        The record with the weights' SHA-256.

    Raises:
        ModelError: the folder cannot be written.
    """
    arrays = _numbered("weight", model.get_weights())
    if not record.finished:
        arrays |= _numbered("optimiser", [variable.numpy() for variable in model.optimizer.variables])
    packed = _pack(arrays)
    stamped = msgspec.structs.replace(record, weights_sha256=hashlib.sha256(packed).hexdigest())
    _write(folder / record.weights, packed)
    _write(folder / RECORD, msgspec.json.format(msgspec.json.encode(stamped), indent=2) + b"\n")
    for stale in folder.glob("epoch-*.npz"):
        if stale.name != record.weights:
            stale.unlink()
    return stamped


def load_run(folder: Path) -> Run:
    """Read a run folder and build its model.

    Raises:
        ModelError: a file is missing or broken, the model is unknown, or the weights do not fit it.
    """
    record = read_record(folder)
    if record.model not in BUILDERS:
        raise ModelError(
            f"{folder / RECORD}: found model {record.model!r}, expected one of {', '.join(BUILDERS)}; train it again"
        )
    model = BUILDERS[record.model](record.rows)
    arrays = _read_arrays(folder, record)
    weights = [values for key, values in arrays.items() if key.startswith("weight")]
    expected = [list(weight.shape) for weight in model.weights]
    found = [list(values.shape) for values in weights]
    if found != expected:
        raise ModelError(
            f"{folder / record.weights}: found weights of shapes {found}, expected {expected} "
            f"for model {record.model}; train the model again"
        )
    model.set_weights(weights)
    return Run(folder, record, model)


def restore_optimiser(run: Run) -> None:
    """Give the run's compiled model the optimiser state of the epoch that the run had reached.

    Raises:
        ModelError: the run holds no such state, or one that does not fit.
    """
    arrays = _read_arrays(run.folder, run.record)
    state = [values for key, values in arrays.items() if key.startswith("optimiser")]
    optimiser = run.model.optimizer
    optimiser.build(run.model.trainable_variables)
    if [values.shape for values in state] != [tuple(variable.shape) for variable in optimiser.variables]:
        raise ModelError(
            f"{run.folder / run.record.weights}: found no optimiser state that fits; start anew with --force"
        )
    for variable, values in zip(optimiser.variables, state, strict=True):
        variable.assign(values)


def read_record(folder: Path) -> Record:
    """Read a run folder's record alone.

    Raises:
        ModelError: the file is missing or is no record.
    """
    path = folder / RECORD
    try:
        return msgspec.json.decode(_read(path), type=Record)
    except msgspec.DecodeError as error:
        raise ModelError(f"{path}: {error}; expected a bayes-edge run, version 1; train the model again") from None


def _numbered(kind: str, arrays: list[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{kind}_{index:03}": values for index, values in enumerate(arrays)}


def _pack(arrays: dict[str, NDArray[Any]]) -> bytes:
    # Uncompressed, so that the same numbers give the same bytes everywhere.
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _read_arrays(folder: Path, record: Record) -> dict[str, NDArray[Any]]:
    path = folder / record.weights
    packed = _read(path)
    digest = hashlib.sha256(packed).hexdigest()
    if digest != record.weights_sha256:
        raise ModelError(f"{path}: found SHA-256 {digest}, expected {record.weights_sha256}; train the model again")
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in sorted(arrays.files)}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path}: no NumPy archive ({error}); train the model again") from None


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
