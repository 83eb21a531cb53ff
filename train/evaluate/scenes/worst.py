"""Keep the pages with the most errors, drawn with what was found on them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dataset.scenes import Scene
from dataset.scenes.scene import TruthBox
from edge_app.finder import Box
from edge_app.result import FrameResult
from train.evaluate.scenes.tally import Tally

TRUE: Final = (60, 160, 0)
SURE: Final = (200, 60, 0)
UNSURE: Final = (0, 140, 255)


class Worst:
    """Writes a page's picture when it is among the worst of its kind so far."""

    def __init__(self, folder: Path | None, keep: int = 3) -> None:
        """Keep so many pages of each kind in a folder; None keeps nothing."""
        self._folder = folder
        self._keep = keep
        self._kept: dict[str, list[tuple[int, Path]]] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def look(self, kind: str, number: int, scene: Scene, result: FrameResult, counts: Tally) -> None:
        """Take a page into account."""
        errors = 5 * counts.silent + counts.digits - counts.found + counts.strange
        kept = self._kept.setdefault(kind, [])
        if self._folder is None or errors == 0 or (len(kept) == self._keep and errors <= kept[-1][0]):
            return
        path = self._folder / f"{kind}-{number}.png"
        cv2.imwrite(str(path), draw(scene.image, result, [digit.box for digit in scene.digits]))
        kept.append((errors, path))
        kept.sort(key=lambda entry: -entry[0])
        for _, dropped in kept[self._keep :]:
            dropped.unlink()
        del kept[self._keep :]


def draw(image: NDArray[np.uint8], result: FrameResult, truth: list[TruthBox]) -> NDArray[np.uint8]:
    """Draw true boxes green, found ones blue, doubted ones orange, and their labels."""
    drawn = np.ascontiguousarray(image.copy())
    line = max(1, round(max(image.shape) / 900))
    for box in truth:
        _box(drawn, box, TRUE, line, 2 * line)
    labels = [prediction.label for prediction in result.raw.predictions]
    unsure = [prediction.unsure for prediction in result.raw.predictions]
    for digit, label, doubted in zip(result.digits, labels, unsure, strict=True):
        colour, found = UNSURE if doubted else SURE, digit.box
        _box(drawn, found, colour, line, 0)
        place = (found.x + found.width, found.y + 4 * line)
        cv2.putText(drawn, str(label), place, cv2.FONT_HERSHEY_SIMPLEX, 0.45 * line, colour, line, cv2.LINE_AA)
    return np.asarray(drawn, np.uint8)


def _box(drawn: NDArray[np.uint8], box: Box | TruthBox, colour: tuple[int, int, int], line: int, out: int) -> None:
    end = (box.x + box.width + out, box.y + box.height + out)
    cv2.rectangle(drawn, (box.x - out, box.y - out), end, colour, line)
