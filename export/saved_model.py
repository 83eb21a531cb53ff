"""Reads what is exported from files: a run, a model that Keras saved, sets of weights, held-out images."""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import tf_keras
from numpy.typing import NDArray

from dataset import Split, load_split
from export.errors import ExportError
from export.exportable import Exportable, runs_of
from export.options import Holdout
from models.outputs import WAYS
from models.posterior_file import read_archive
from models.runs import PRETRAINED, Run, load_runs


def add_model(parser: argparse.ArgumentParser) -> None:
    """Let a command be told the model, its sets of weights, its output and the images to calibrate on."""
    parser.add_argument(
        "model",
        nargs="?",
        type=Path,
        default=PRETRAINED / "bayesian",
        metavar="RUN|MODEL",
        help="a run's folder, a folder of runs to mix, or a model that Keras saved; default: the shipped run",
    )
    parser.add_argument(
        "--weights", type=Path, metavar="NPZ", help="K sets of weights for MODEL: arrays [K, ...] in Keras' order"
    )
    parser.add_argument("--mc-dropout", action="store_true", help="MODEL's dropout layers stay active when it predicts")
    parser.add_argument("--output", choices=WAYS, help="what MODEL's last tensor holds, unless its rows sum to one")
    parser.add_argument(
        "--holdout", type=Path, metavar="NPZ", help="images and labels not trained on; default: the run's own"
    )


def load_model(path: Path) -> Exportable:
    """Read the run or the mixture of runs in a folder, or a model that Keras saved.

    Args:
        path: the folder, or the model's `.keras` or `.h5` file or its SavedModel's folder.

    Raises:
        ExportError: Keras cannot read it.
        ModelError: the run cannot be read.
    """
    if path.is_dir() and not (path / "saved_model.pb").exists():
        return load_runs(path)
    if not path.exists():
        raise ExportError(f"{path}: found nothing, expected a run's folder or a model that Keras saved")
    try:
        return tf_keras.models.load_model(path, compile=False)
    # Keras raises these of what is no model, and of layers of TFP, which it saves and cannot read.
    except (OSError, ValueError, TypeError, AttributeError, ImportError) as error:
        if (version := _keras_of(path)).startswith("3."):
            raise ExportError(
                f"{path}: found a model of Keras {version}, expected one of Keras 2; make it of tf_keras' layers, and "
                "hand its weights over by set_weights"
            ) from None
        reason = (str(error) or type(error).__name__).strip().splitlines()[0]
        raise ExportError(
            f"{path}: Keras cannot read it ({reason}); call export.to_bundle in the program that made it"
        ) from None


def _keras_of(path: Path) -> str:
    """Give the version of Keras that wrote a `.keras` file; of another file, nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            return str(msgspec.json.decode(archive.read("metadata.json"))["keras_version"])
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, msgspec.DecodeError):
        return ""


def load_weight_sets(path: Path) -> list[list[NDArray[Any]]]:
    """Read K sets of weights from an `.npz` whose arrays, in the order of `model.get_weights()`, are [K, ...] each.

    Raises:
        ExportError: the file cannot be read, or its arrays differ in K.
        ModelError: it is no `.npz`.
    """
    try:
        arrays = list(read_archive(path.read_bytes(), str(path)).values())
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror or error}); expected an .npz of weights") from None
    counts = {len(array) if array.ndim else 0 for array in arrays}
    if len(counts) != 1 or counts == {0}:
        raise ExportError(
            f"{path}: found {sorted(counts)} sets of weights, expected as many in every array, along its first axis"
        )
    return [[array[index] for array in arrays] for index in range(counts.pop())]


def load_holdout(path: Path | None, model: Exportable) -> Holdout:
    """Read held-out images and labels.

    Args:
        path: an `.npz` of `images`, float32 [N, h, w, c], and `labels`, integers [N]; None for the MNIST training
            images that a run held out.
        model: the run, or the runs of a mixture, which held out the same.

    Raises:
        ExportError: there are none.
        ModelError: the file is no `.npz`.
        DataError: MNIST cannot be read.
    """
    if path is None:
        if not (runs := runs_of(model)):
            raise ExportError("--holdout: found none, expected an .npz of images and labels that were not trained on")
        return read_holdout(runs[0])
    return read_labelled(path)


def load_test(name: str, labels: Sequence[str], shape: tuple[int, ...]) -> Split:
    """Give a data set that a bundle is checked on: the test half of one by name, or an `.npz` as `read_labelled` reads.

    Args:
        name: of the data set, or of the file.
        labels: the bundle's, C of them.
        shape: of one image, (height, width, channels).

    Raises:
        ExportError: the file cannot be read, or does not fit the bundle.
        ModelError: it is no `.npz`.
        DataError: there is no such data set.
    """
    if name.endswith(".npz"):
        images, truth = (data := read_labelled(Path(name))).images, data.labels
    else:
        images, truth = (split := load_split(name, "test")).x, split.y
    if images.shape[1:] != shape or truth.shape != images.shape[:1] or not ((truth >= 0) & (truth < len(labels))).all():
        raise ExportError(
            f"{name}: found images {list(images.shape)} and labels {list(truth.shape)}, expected [N, "
            f"{', '.join(map(str, shape))}] and a label from 0 to {len(labels) - 1} for each"
        )
    return Split(images, truth, np.eye(len(labels), dtype=np.float32)[truth])


def read_labelled(path: Path) -> Holdout:
    """Read an `.npz` of `images`, float32 [N, ...], and `labels`, integers [N], or a regression's true values [N, D].

    Raises:
        ExportError: it cannot be read, or holds something else.
        ModelError: it is no `.npz`.
    """
    try:
        arrays = read_archive(path.read_bytes(), str(path))
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror or error}); expected an .npz") from None
    if set(arrays) != {"images", "labels"} or not np.issubdtype(arrays["labels"].dtype, np.number):
        raise ExportError(
            f"{path}: found {', '.join(arrays)}, expected float32 images, and whole-numbered labels or a regression's "
            "true values"
        )
    kind = np.int64 if np.issubdtype(arrays["labels"].dtype, np.integer) else np.float32
    return Holdout(np.asarray(arrays["images"], np.float32), np.asarray(arrays["labels"], kind))


def read_holdout(run: Run) -> Holdout:
    """Give the MNIST training images that the run held out.

    Raises:
        ExportError: the run held nothing out.
        DataError: MNIST cannot be read.
    """
    if run.record.holdout == 0:
        raise ExportError(f"{run.folder}: held no image out, so nothing is left to calibrate on; train with --holdout")
    data = load_split("MNIST", "train")
    return Holdout(data.x[-run.record.holdout :], data.y[-run.record.holdout :])
