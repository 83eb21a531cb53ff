"""Read MNIST's pixels and labels from NumPy files, or say in one line what is wrong with them."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dataset.errors import DataError

Half: TypeAlias = Literal["train", "test"]

SIDE: Final = 28
ROWS: Final[dict[Half, int]] = {"train": 60_000, "test": 10_000}
UNREADABLE: Final = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    SyntaxError,
    RuntimeError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""All that NumPy was seen to raise on damaged files."""


class Pixels(NamedTuple):
    """Raw MNIST.

    Attributes:
        images: uint8 [N, 28, 28], paper 0 and ink 255.
        labels: uint8 [N], 0 to 9.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def read_archive(path: Path, half: Half) -> Pixels:
    """Read one half from an archive with the keys x_train, y_train, x_test and y_test.

    Raises:
        DataError: the file is missing or broken, or holds something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels = arrays[f"x_{half}"], arrays[f"y_{half}"]
    except FileNotFoundError:
        raise DataError(f"{path}: not found; expected MNIST's arrays; restore the repository's file") from None
    except KeyError as error:
        raise DataError(f"{path}: {error.args[0]}; restore the repository's file") from None
    except UNREADABLE as error:
        raise DataError(f"{path}: {_unreadable(error)}; restore the repository's file") from None
    rows = ROWS[half]
    return Pixels(_checked_images(path, images, half, rows), _checked_labels(path, labels, half, rows))


def read_pair(images: Path, labels: Path, half: Half, *, any_length: bool = False) -> Pixels:
    """Read one half from a file of images, [N, 28, 28] or [N, 28, 28, 1], and a file of labels.

    Args:
        images: its file.
        labels: likewise.
        half: which.
        any_length: whether there may be fewer or more than MNIST has, but at least one.

    Raises:
        DataError: a file is missing or broken, or holds something else.
    """
    pixels = _read_array(images)
    if pixels.shape[3:] == (1,):
        pixels = pixels[..., 0]
    rows = max(1, len(pixels)) if any_length and pixels.ndim else ROWS[half]
    return Pixels(_checked_images(images, pixels, half, rows), _checked_labels(labels, _read_array(labels), half, rows))


def _read_array(path: Path) -> NDArray[np.generic]:
    try:
        with path.open("rb") as file:
            array: NDArray[np.generic] = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError:
        way_out = f"add it, or remove the folder {path.parent.name} to do without genuine arrays"
        raise DataError(f"{path}: not found; expected it beside the folder's other arrays; {way_out}") from None
    except UNREADABLE as error:
        raise DataError(f"{path}: {_unreadable(error)}; replace or remove it") from None
    return array


def _unreadable(error: Exception) -> str:
    """Say what was found: NumPy's reason on one line."""
    return f"truncated or no NumPy file ({' '.join(str(error).split()) or type(error).__name__})"


def _checked_images(path: Path, images: NDArray[np.generic], half: Half, rows: int) -> NDArray[np.uint8]:
    shape = (rows, SIDE, SIDE)
    if images.dtype != np.uint8 or images.shape != shape:
        raise DataError(_misfit(path, f"{half} images", images, f"uint8 {list(shape)}"))
    return images.astype(np.uint8, copy=False)


def _checked_labels(path: Path, labels: NDArray[np.generic], half: Half, rows: int) -> NDArray[np.uint8]:
    if not np.issubdtype(labels.dtype, np.integer) or labels.shape != (rows,):
        raise DataError(_misfit(path, f"{half} labels", labels, f"integers [{rows}]"))
    digits: NDArray[np.integer] = labels.astype(np.int64)
    if digits.min() < 0 or digits.max() > 9:
        found = f"{half} labels from {digits.min()} to {digits.max()}"
        raise DataError(f"{path}: found {found}, expected digits from 0 to 9; replace or remove the file")
    return digits.astype(np.uint8)


def _misfit(path: Path, what: str, array: NDArray[np.generic], expected: str) -> str:
    found = f"{array.dtype} {list(array.shape)}"
    return f"{path}: found {what} of {found}, expected {expected}; replace or remove the file"
