"""Tags beside digits: what each is, how sure that is, and no tag in the way of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box
from edge_app.overlay import words
from edge_app.overlay.layout import Layout
from edge_app.overlay.lettering import Weight, text_width, write_text
from edge_app.overlay.theme import BLACK, Look
from edge_app.prediction import Prediction

LARGE = 1.25
"""Size of the reading's font, in lines."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The reading in large letters and, where there is room, its certainty below."""

    reading: str
    certainty: str
    width: int
    height: int


def write_tags(prediction: Prediction, labels: tuple[str, ...], layout: Layout) -> Iterator[Tag]:
    """Word the tags that would do for one image, the fullest first."""
    reading = words.short(prediction, labels)
    probability = words.percent(float(prediction.probability))
    for certainty in (f"{probability} ({words.interval(prediction)})", probability, ""):
        yield _measure(reading, certainty, layout)


def place_tag(tags: Sequence[Tag], box: Box, layout: Layout, *, taken: list[Box], others: list[Box]) -> tuple[Tag, Box]:
    """Choose the fullest tag that hides nothing, and its place.

    Args:
        tags: the choice, the fullest first.
        box: what the tag belongs to.
        layout: the sizes.
        taken: places of other tags, never to be hidden while there is a choice.
        others: boxes of other digits, hidden rather than other tags.
    """
    for hidden, tag in product((taken + others, taken), tags):
        for spot in _spots(tag, box, layout):
            if not any(_overlap(spot, other) for other in hidden):
                return tag, spot
    return tags[-1], next(_spots(tags[-1], box, layout))


def draw_tag(canvas: NDArray[np.uint8], tag: Tag, spot: Box, look: Look, layout: Layout) -> None:
    """Draw a tag in its place on the canvas, uint8 [H, W, 3]."""
    cv2.rectangle(canvas, (spot.x, spot.y, spot.width, spot.height), look.colour, cv2.FILLED)
    cv2.rectangle(canvas, (spot.x, spot.y, spot.width, spot.height), BLACK, 1)
    line = layout.line
    x = spot.x + 0.3 * line
    write_text(canvas, tag.reading, (x, spot.y + 0.7 * line), LARGE * line, BLACK, weight=Weight.BOLD)
    if tag.certainty:
        write_text(canvas, tag.certainty, (x, spot.y + 1.75 * line), layout.small, BLACK)


def _measure(reading: str, certainty: str, layout: Layout) -> Tag:
    line = layout.line
    widest = text_width(reading, LARGE * line, Weight.BOLD)
    if certainty:
        widest = max(widest, text_width(certainty, layout.small))
    return Tag(reading, certainty, widest + round(0.6 * line), round(line * (2.3 if certainty else 1.4)))


def _spots(tag: Tag, box: Box, layout: Layout) -> Iterator[Box]:
    """Above the box, below it, then over its upper edge, always inside the picture."""
    x = max(0, min(box.x - layout.stroke // 2, layout.width - tag.width))
    above, below = box.y - tag.height, box.y + box.height
    for y in (above, below):
        if 0 <= y <= layout.height - tag.height:
            yield Box(x, y, tag.width, tag.height)
    yield Box(x, max(0, min(above, layout.height - tag.height)), tag.width, tag.height)


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
