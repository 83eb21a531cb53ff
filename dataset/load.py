"""Read MNIST and its corrupted twins as the networks see them: paper 1, ink 0."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataset import corruptions
from dataset.errors import DataError

FOLDER: Final = Path(__file__).parent
CLASSES: Final = 10
ROWS: Final = {"train": 60_000, "test": 10_000}


class Split(NamedTuple):
    """One half of a data set.

    Attributes:
        x: images, float32 [N, 28, 28, 1], paper 1 and ink 0.
        y: labels, int64 [N].
        onehot: the labels, float32 [N, 10].
    """

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    onehot: NDArray[np.float32]


class DataSet(NamedTuple):
    """Both halves of a data set; unpacks as `(x, y, onehot), (x, y, onehot)`."""

    train: Split
    test: Split


class _Pixels(NamedTuple):
    """Raw MNIST pixels, uint8 [N, 28, 28], paper 0 and ink 255, and labels, uint8 [N]."""

    x: NDArray[np.uint8]
    y: NDArray[np.uint8]


def load_data(name: str = "MNIST", *, folder: Path = FOLDER) -> DataSet:
    """Load a data set by name.

    Args:
        name: `MNIST`; `MNIST_corrupted`, the spatter corruption of the same images;
            or `MNIST_corrupted/NAME` with a corruption's name.
        folder: where `MNIST.npz` is, and where genuine arrays are looked for: `NAME/x_train.npy` and so on,
            or, for a corruption, also the MNIST-C archive's `mnist_c/NAME/train_images.npy` and so on.

    Returns:
        The training and the test half. Genuine arrays win; else the corruption is drawn here.

    Raises:
        DataError: the name is unknown, or a file is missing, truncated or of another shape.
    """
    return DataSet(load_split(name, "train", folder=folder), load_split(name, "test", folder=folder))


def load_split(name: str, split: str, *, folder: Path = FOLDER) -> Split:
    """Load one half, `train` or `test`, of a data set; see `load_data`."""
    return _convert(_pixels(name, split, folder))


def _pixels(name: str, split: str, folder: Path) -> _Pixels:
    base, _, corruption = name.partition("/")
    if base not in {"MNIST", "MNIST_corrupted"} or (base == "MNIST" and corruption):
        raise DataError(f"data set {name!r}: unknown; expected MNIST, MNIST_corrupted or MNIST_corrupted/NAME")
    if base == "MNIST_corrupted":
        corruption = corruption or "spatter"
        if corruption not in corruptions.NAMES:
            known = ", ".join(corruptions.NAMES)
            raise DataError(f"data set {name!r}: unknown corruption {corruption!r}; expected one of {known}")
    genuine = _genuine_files(name, corruption, split, folder)
    if genuine is not None:
        return _Pixels(_read_images(genuine[0], split), _read_labels(genuine[1], split))
    clean = _read_archive(folder / "MNIST.npz", split)
    if not corruption:
        return clean
    return _Pixels(corruptions.corrupt_cached(clean.x, corruption, split=split), clean.y)


def _genuine_files(name: str, corruption: str, split: str, folder: Path) -> tuple[Path, Path] | None:
    candidates = [(folder / name / f"x_{split}.npy", folder / name / f"y_{split}.npy")]
    if corruption:
        archive = folder / "mnist_c" / corruption
        candidates.append((archive / f"{split}_images.npy", archive / f"{split}_labels.npy"))
    for images, labels in candidates:
        if images.exists() or labels.exists():
            return images, labels
    return None


def _read_archive(path: Path, split: str) -> _Pixels:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
    except FileNotFoundError:
        raise DataError(f"{path}: not found; expected the MNIST arrays; restore the file from the repository") from None
    except KeyError:
        raise DataError(f"{path}: holds no x_{split} and y_{split}; restore the file from the repository") from None
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: truncated or no NumPy archive ({error}); restore the file") from None
    return _Pixels(_checked_images(path, images, split), _checked_labels(path, labels, split))


def _read_images(path: Path, split: str) -> NDArray[np.uint8]:
    images = _read_array(path)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    return _checked_images(path, images, split)


def _read_labels(path: Path, split: str) -> NDArray[np.uint8]:
    labels = _read_array(path)
    if not np.issubdtype(labels.dtype, np.integer) or (labels.size and not 0 <= labels.min() <= labels.max() <= 9):
        raise DataError(f"{path}: found {labels.dtype} labels outside 0 to 9; expected integer digits")
    return _checked_labels(path, labels.astype(np.uint8), split)


def _read_array(path: Path) -> NDArray[np.generic]:
    try:
        array: NDArray[np.generic] = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"{path}: not found beside its twin; expected images and labels together") from None
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path}: truncated or no NumPy array ({error}); replace or remove the file") from None
    return array


def _checked_images(path: Path, images: NDArray[np.generic], split: str) -> NDArray[np.uint8]:
    _expect(path, images, (ROWS[split], 28, 28))
    return images.astype(np.uint8, copy=False)


def _checked_labels(path: Path, labels: NDArray[np.generic], split: str) -> NDArray[np.uint8]:
    _expect(path, labels, (ROWS[split],))
    return labels.astype(np.uint8, copy=False)


def _expect(path: Path, array: NDArray[np.generic], shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype != np.uint8:
        raise DataError(
            f"{path}: found {array.dtype} {list(array.shape)}, expected uint8 {list(shape)}; replace or remove the file"
        )


def _convert(pixels: _Pixels) -> Split:
    x = 1.0 - pixels.x[..., None].astype(np.float32) / 255.0
    y = pixels.y.astype(np.int64)
    return Split(x, y, np.eye(CLASSES, dtype=np.float32)[y])
