"""Tags beside digits: what each is and how sure that is, where it hides neither another tag nor a digit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box
from edge_app.overlay import words
from edge_app.overlay.layout import Layout
from edge_app.overlay.lettering import Weight, text_width, write_text
from edge_app.overlay.theme import BLACK, Look
from edge_app.runtime.prediction import Prediction

LARGE = 1.25
"""Size of the reading's font, in lines."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The reading in large letters and, where there is room, its certainty below."""

    reading: str
    certainty: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Place:
    """A tag and where it goes on the canvas."""

    tag: Tag
    spot: Box


def write_tags(prediction: Prediction, labels: tuple[str, ...], layout: Layout) -> Iterator[Tag]:
    """Word the tags that would do for one image, the fullest first."""
    reading = words.short(prediction, labels)
    probability = words.percent(prediction.probability)
    for certainty in (f"{probability} ({words.interval(prediction)})", probability, ""):
        yield _measure(reading, certainty, layout)
    yield _measure(words.briefest(prediction, labels), "", layout)


def place_tags(choices: Sequence[Sequence[Tag]], boxes: Sequence[Box], layout: Layout) -> list[Place]:
    """Give every digit its briefest tag, then a fuller one where that hides nothing.

    Args:
        choices: for each digit the tags that would do, the fullest first; the digits that matter most come first.
        boxes: where the digits are.
        layout: the sizes.
    """
    places: list[Place] = []
    for tags, box in zip(choices, boxes, strict=True):
        places.append(_place(tags[-1:], box, layout, [*boxes, *(place.spot for place in places)]))
    for i, (tags, box) in enumerate(zip(choices, boxes, strict=True)):
        others = places[:i] + places[i + 1 :]
        places[i] = _place(tags, box, layout, [*boxes, *(place.spot for place in others)])
    return places


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


def _place(tags: Sequence[Tag], box: Box, layout: Layout, in_the_way: Sequence[Box]) -> Place:
    """Choose what hides least of other things: of several tags the fullest, of several spots the most usual."""
    places = [Place(tag, spot) for tag in tags for spot in _spots(tag, box, layout)]
    return places[int(hidden([place.spot for place in places], in_the_way).argmin())]


def _spots(tag: Tag, box: Box, layout: Layout) -> Iterator[Box]:
    """Above the box, below it, beside it, and over its upper edge; always inside the picture."""
    last_x, last_y = layout.width - tag.width, layout.height - tag.height
    left, right = min(box.x, last_x), max(0, box.x + box.width - tag.width)
    top, bottom = min(box.y, last_y), max(0, box.y + box.height - tag.height)
    above, below = box.y - tag.height, box.y + box.height
    before, behind = box.x - tag.width, box.x + box.width
    for x, y in (
        *((x, y) for y in (above, below) for x in (left, right)),
        *((x, y) for x in (behind, before) for y in (top, bottom)),
    ):
        if 0 <= x <= last_x and 0 <= y <= last_y:
            yield Box(x, y, tag.width, tag.height)
    yield Box(max(0, left), max(0, min(above, last_y)), tag.width, tag.height)


def hidden(spots: Sequence[Box], in_the_way: Sequence[Box]) -> NDArray[np.int64]:
    """How many pixels of other things each spot hides, int64 [n]."""
    (x, y, right, bottom), (x0, y0, x1, y1) = _sides(spots)[..., None], _sides(in_the_way)
    width = np.minimum(right, x1) - np.maximum(x, x0)
    height = np.minimum(bottom, y1) - np.maximum(y, y0)
    return np.asarray((width.clip(0) * height.clip(0)).sum(axis=1))


def _sides(boxes: Sequence[Box]) -> NDArray[np.int64]:
    """Left, top, right and bottom of each box, int64 [4, n]."""
    return np.array([(box.x, box.y, box.x + box.width, box.y + box.height) for box in boxes], np.int64).reshape(-1, 4).T
