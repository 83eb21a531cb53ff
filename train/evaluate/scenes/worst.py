"""Draw the pages with the most errors, with what was found on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from dataset.scenes.scene import TruthBox
from edge_app.finder import Box
from edge_app.reader import read_frame
from edge_app.result import FrameResult
from train.evaluate.scenes.measure import Page, open_once, render
from train.evaluate.scenes.tally import Tally

TRUE: Final = (60, 160, 0)
SURE: Final = (200, 60, 0)
UNSURE: Final = (0, 140, 255)


KEPT: Final = 3
"""Pages of a kind."""


def draw_worst(pages: Sequence[tuple[Page, Tally]], folder: Path) -> None:
    """Draw the pages of each kind with the most errors, as KIND-NUMBER.png.

    Args:
        pages: with what was counted on them.
        folder: where to; it is made if need be.

    Raises:
        OSError: it cannot be made.
        EdgeError: the bundle cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for kind in dict.fromkeys(page.kind for page, _ in pages):
        wrong = [(_errors(counts), page) for page, counts in pages if page.kind == kind and _errors(counts)]
        for _, page in sorted(wrong, key=lambda entry: -entry[0])[:KEPT]:
            scene = render(page)
            result = read_frame(scene.image, open_once(page.bundle))
            drawn = draw(scene.image, result, [digit.box for digit in scene.digits])
            cv2.imwrite(str(folder / f"{page.kind}-{page.seed}.png"), drawn)


def _errors(counts: Tally) -> int:
    """Count the errors of a page; one without a warning weighs as much as five."""
    return 5 * counts.silent + counts.digits - counts.found + counts.strange


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
