"""Reads photographs of single digits from a folder, through the app's own finder."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.digits import Digit, find_digits
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
    side = max(crop.shape)
    # The finder looks for writing on a page, so the crop is laid on a sheet of its own paper.
    page = cv2.copyMakeBorder(crop, side, side, side, side, cv2.BORDER_CONSTANT, value=float(np.percentile(crop, 75)))
    digits = find_digits(np.asarray(page, np.uint8))
    if not digits:
        return np.ones((28, 28, 1), np.float32)
    middle = (page.shape[1] / 2, page.shape[0] / 2)
    return min(digits, key=lambda digit: _distance(digit, middle)).image


def _distance(digit: Digit, point: tuple[float, float]) -> float:
    box = digit.box
    return abs(box.x + box.width / 2 - point[0]) + abs(box.y + box.height / 2 - point[1])
