"""Reads photographs of single digits from a folder, cut out as the app does it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import cut_digit
from train.errors import TrainError

LABELS: Final = "labels.csv"


@dataclass(frozen=True, slots=True)
class Photographs:
    """Digits found in photographs.

    Attributes:
        images: as the networks see them, float32 [N, 28, 28, 1]; bare paper where no digit was found.
        labels: int64 [N].
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]


def read_photographs(folder: Path) -> Photographs:
    """Read the crops that `labels.csv` lists, columns `file` and `label`, from the folder `crops` beside it.

    Raises:
        TrainError: the list or a crop cannot be read.
    """
    path = folder / LABELS
    try:
        with path.open(newline="") as file:
            rows = [(row["file"], int(row["label"])) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as error:
        raise TrainError(f"{path}: cannot be read ({error}); expected columns file and label") from None
    if not rows:
        raise TrainError(f"{path}: lists no photograph")
    images = np.stack([_read(folder / "crops" / name) for name, _ in rows])
    return Photographs(images, np.array([label for _, label in rows]))


def _read(path: Path) -> NDArray[np.float32]:
    crop = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if crop is None:
        raise TrainError(f"{path}: cannot be read as a picture")
    digit = cut_digit(np.asarray(crop, np.uint8))
    return np.ones((28, 28, 1), np.float32) if digit is None else digit.image
