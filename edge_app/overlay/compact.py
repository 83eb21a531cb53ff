"""Many digits at once: a thin box and a small label for each; nothing hides a neighbour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box
from edge_app.overlay import words
from edge_app.overlay.boxes import outline
from edge_app.overlay.frame import AnnotatedFrame
from edge_app.overlay.layout import Layout
from edge_app.overlay.lettering import Weight, text_width, write_text
from edge_app.overlay.tags import hidden
from edge_app.overlay.theme import BLACK, LOOKS, Look

MANY: Final = 12
"""Digits of a frame from which they are drawn so."""
SHARE: Final = 0.5
"""Size of a label's font, as a share of its digit's height."""
SMALLEST: Final = 9.0
"""The least size of that font, in pixels."""
THIN: Final = 24
"""Height of a box that is drawn one pixel thick; higher ones in proportion."""
NEIGHBOUR: Final = 1000
"""How many pixels of a digit's own a pixel of its neighbours is worth."""


def draw_compact(canvas: NDArray[np.uint8], annotated: AnnotatedFrame, boxes: tuple[Box, ...], layout: Layout) -> None:
    """Draw all digits, the doubtful ones last.

    Args:
        canvas: the picture's area, uint8 [H, W, 3], changed in place.
        annotated: what is shown.
        boxes: where its digits are on the canvas.
        layout: the sizes.
    """
    predictions = [read.prediction for read in annotated.digits]
    order = sorted(range(len(boxes)), key=lambda i: (i == annotated.focus, predictions[i].unsure))
    for i in order:
        stroke = min(layout.stroke, max(1, boxes[i].height // THIN))
        outline(canvas, boxes[i], LOOKS[predictions[i].reason], stroke)
    first = order[::-1]
    labels = [words.briefest(predictions[i], annotated.labels) for i in first]
    for i, label, spot in zip(first, labels, place_labels(labels, [boxes[i] for i in first], layout), strict=True):
        _draw_label(canvas, label, spot, _size(boxes[i], layout), LOOKS[predictions[i].reason])


def place_labels(labels: Sequence[str], boxes: Sequence[Box], layout: Layout) -> list[Box]:
    """Choose for each label where it hides no other digit or label, if it can be, and least of its own digit.

    Args:
        labels: what is written; those that matter most come first.
        boxes: the digits'.
        layout: the sizes.
    """
    places: list[Box] = []
    for i, (label, box) in enumerate(zip(labels, boxes, strict=True)):
        size = _size(box, layout)
        spots = list(_spots(box, text_width(label, size, Weight.BOLD) + 2, round(1.05 * size), layout))
        others = [*boxes[:i], *boxes[i + 1 :], *places]
        places.append(spots[int((NEIGHBOUR * hidden(spots, others) + hidden(spots, [box])).argmin())])
    return places


def _size(box: Box, layout: Layout) -> float:
    return min(max(SMALLEST, SHARE * box.height), float(layout.line))


def _spots(box: Box, width: int, height: int, layout: Layout) -> Iterator[Box]:
    """Above the box, beside it and below, then in its own corners; always inside the picture."""
    right, bottom = box.x + box.width, box.y + box.height
    places = [
        (box.x, box.y - height),
        (right - width, box.y - height),
        (right, box.y),
        (right, bottom - height),
        (box.x - width, box.y),
        (box.x - width, bottom - height),
        (box.x, bottom),
        (right - width, bottom),
        (right - width, box.y),
        (box.x, box.y),
        (right - width, bottom - height),
        (box.x, bottom - height),
    ]
    for x, y in places:
        if 0 <= x <= layout.width - width and 0 <= y <= layout.height - height:
            yield Box(x, y, width, height)
    yield Box(min(max(0, box.x), layout.width - width), min(max(0, box.y), layout.height - height), width, height)


def _draw_label(canvas: NDArray[np.uint8], label: str, spot: Box, size: float, look: Look) -> None:
    cv2.rectangle(canvas, (spot.x, spot.y, spot.width, spot.height), look.colour, cv2.FILLED)
    write_text(canvas, label, (spot.x + 1, spot.y + spot.height / 2), size, BLACK, weight=Weight.BOLD)
