"""Load MNIST and its corrupted twins as the networks see them: paper 1, ink 0."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataset import corruptions
from dataset.arrays import Half, Pixels, read_archive, read_pair
from dataset.errors import DataError

FOLDER: Final = Path(__file__).parent
CLASSES: Final = 10
LABELS: Final = tuple("0123456789")
PAPER: Final = 1.0
INK: Final = 0.0
_LEVELS: Final = 1.0 - np.arange(256, dtype=np.float32) / 255.0
"""What the networks see of each level of grey."""


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


def load_data(name: str = "MNIST", *, seed: int = 0, folder: Path = FOLDER) -> DataSet:
    """Load a data set by name.

    Genuine arrays win where they are found; else the corruption is drawn here, once, and kept in the user's cache.

    Args:
        name: `MNIST`; `MNIST_corrupted`, the spatter corruption of the same images;
            or `MNIST_corrupted/NAME` with a corruption's name.
        seed: seed of the drawn corruption.
        folder: where `MNIST.npz` is, and where genuine arrays are looked for: `NAME/x_train.npy` and so on,
            or, for a corruption, also the MNIST-C archive's `mnist_c/NAME/train_images.npy` and so on.

    Returns:
        The training and the test half.

    Raises:
        DataError: the name is unknown, or a file is missing, truncated or of another shape.
    """
    train = load_split(name, "train", seed=seed, folder=folder)
    return DataSet(train, load_split(name, "test", seed=seed, folder=folder))


def load_split(name: str, half: Half, *, seed: int = 0, folder: Path = FOLDER) -> Split:
    """Load one half of a data set, and read or draw no more than that; see `load_data`."""
    return _as_seen(_load_pixels(name, half, seed, folder))


def load_folder(folder: Path) -> Split:
    """Load a data set of one's own, of any length, such as `python -m edge_app feedback export` writes.

    Args:
        folder: holds `x_train.npy`, raw uint8 [N, 28, 28] with ink 255, and `y_train.npy`, digits [N].

    Raises:
        DataError: a file is missing or broken, or holds something else.
    """
    return _as_seen(read_pair(folder / "x_train.npy", folder / "y_train.npy", "train", any_length=True))


def corrupt_seen(images: NDArray[np.float32], name: str, *, seed: int = 0) -> NDArray[np.float32]:
    """Draw a corruption over training images as the networks see them, which come from whole levels of grey.

    Args:
        images: float32 [N, 28, 28, 1], paper 1 and ink 0.
        name: one of `corruptions.NAMES`.
        seed: of the drawing.

    Returns:
        float32 [N, 28, 28, 1].
    """
    ink = np.rint(255 * (PAPER - images[..., 0])).astype(np.uint8)
    return _LEVELS[corruptions.corrupt(ink, name, split="train", seed=seed)][..., None]


def _load_pixels(name: str, half: Half, seed: int, folder: Path) -> Pixels:
    corruption = _corruption(name)
    genuine = _genuine_files(folder, name, corruption, half)
    if genuine is not None:
        return read_pair(*genuine, half)
    clean = read_archive(folder / "MNIST.npz", half)
    if corruption is None:
        return clean
    drawn = corruptions.corrupt_cached(clean.images, corruption, split=half, seed=seed)
    return Pixels(drawn, clean.labels)


def _corruption(name: str) -> str | None:
    """Return the corruption that a data set's name asks for."""
    if name == "MNIST":
        return None
    base, _, corruption = name.partition("/")
    if name != "MNIST_corrupted" and (base != "MNIST_corrupted" or corruption not in corruptions.NAMES):
        known = f"MNIST, MNIST_corrupted or MNIST_corrupted/NAME, NAME being one of {', '.join(corruptions.NAMES)}"
        raise DataError(f"data set {name!r}: unknown; expected {known}")
    return corruption or "spatter"


def _genuine_files(folder: Path, name: str, corruption: str | None, half: Half) -> tuple[Path, Path] | None:
    """Name the files of images and labels in the first folder that holds genuine arrays."""
    layouts = [(folder / name, f"x_{half}.npy", f"y_{half}.npy")]
    if corruption is not None:
        layouts.append((folder / "mnist_c" / corruption, f"{half}_images.npy", f"{half}_labels.npy"))
    for place, images, labels in layouts:
        if any(place.glob("*.npy")):
            return place / images, place / labels
    return None


def _as_seen(pixels: Pixels) -> Split:
    """Convert raw pixels to images, paper 1 and ink 0: the door through which all of them come."""
    y = pixels.labels.astype(np.int64)
    return Split(_LEVELS[pixels.images][..., None], y, np.eye(CLASSES, dtype=np.float32)[y])
