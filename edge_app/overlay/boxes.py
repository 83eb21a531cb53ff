"""A box around each digit and a tag beside it, placed so that tags do not hide one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.digits import Box
from edge_app.overlay import words
from edge_app.overlay.layout import Layout
from edge_app.overlay.lettering import Weight, text_width, write_text
from edge_app.overlay.scene import Scene
from edge_app.overlay.theme import BLACK, LOOKS, Look
from edge_app.tracking import Sighting

MARGIN = 0.3
"""Room between the ink and its box, in lines."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag's text: the reading in large letters and, where there is room, its certainty below."""

    reading: str
    certainty: str
    width: int
    height: int


def draw_boxes(canvas: NDArray[np.uint8], scene: Scene, boxes: tuple[Box, ...], layout: Layout) -> None:
    """Draw all digits, the one in focus last.

    Args:
        canvas: the picture's area, uint8 [H, W, 3], changed in place.
        scene: what is shown.
        boxes: where its digits are on the canvas.
        layout: the sizes.
    """
    order = sorted(range(len(boxes)), key=lambda i: i != scene.focus)
    frames = [_widen(box, layout) for box in boxes]
    taken: list[Box] = []
    places: dict[int, tuple[_Tag, Box]] = {}
    for i in order:
        others = [frames[j] for j in order if j != i]
        tags = list(_tags(scene.sightings[i], scene.labels, layout))
        places[i] = _place(tags, frames[i], layout, taken, others)
        taken.append(places[i][1])
    for i in reversed(order):
        look = LOOKS[scene.sightings[i].prediction.reason]
        stroke = layout.stroke + (layout.stroke + 1) // 2 * (i == scene.focus)
        _outline(canvas, frames[i], look, stroke)
        _write_tag(canvas, *places[i], look, layout)


def _widen(box: Box, layout: Layout) -> Box:
    margin = round(MARGIN * layout.line)
    return Box(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin)


def _place(tags: list[_Tag], frame: Box, layout: Layout, taken: list[Box], others: list[Box]) -> tuple[_Tag, Box]:
    """Find the fullest tag that hides nothing; the last resort is the smallest one above its box."""
    for hidden in (taken + others, taken):
        for tag in tags:
            for spot in _spots(tag, frame, layout):
                if not any(_overlap(spot, other) for other in hidden):
                    return tag, spot
    return tags[-1], next(_spots(tags[-1], frame, layout))


def _tags(sighting: Sighting, labels: tuple[str, ...], layout: Layout) -> Iterator[_Tag]:
    prediction = sighting.prediction
    look = LOOKS[prediction.reason]
    reading = " ".join(part for part in (look.mark, words.short(prediction, labels)) if part)
    probability = words.percent(float(prediction.probability))
    for certainty in (f"{probability} ({words.interval(prediction)})", probability, ""):
        yield _measure(reading, certainty, layout)


def _measure(reading: str, certainty: str, layout: Layout) -> _Tag:
    line = layout.line
    widest = text_width(reading, _large(layout), Weight.BOLD)
    if certainty:
        widest = max(widest, text_width(certainty, _small(layout)))
    return _Tag(reading, certainty, widest + round(0.6 * line), round(line * (2.3 if certainty else 1.4)))


def _large(layout: Layout) -> float:
    return 1.25 * layout.line


def _small(layout: Layout) -> float:
    return max(10.0, 0.8 * layout.line)


def _spots(tag: _Tag, frame: Box, layout: Layout) -> Iterator[Box]:
    """Above the box, below it, then over its upper edge, always inside the picture."""
    x = max(0, min(frame.x - layout.stroke // 2, layout.width - tag.width))
    above, below = frame.y - tag.height, frame.y + frame.height
    for y in (above, below):
        if 0 <= y <= layout.height - tag.height:
            yield Box(x, y, tag.width, tag.height)
    yield Box(x, max(0, min(above, layout.height - tag.height)), tag.width, tag.height)


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def _outline(canvas: NDArray[np.uint8], box: Box, look: Look, stroke: int) -> None:
    """Draw a dashed or solid rectangle with a dark rim, which keeps it visible on any ground."""
    corners = (
        (box.x, box.y),
        (box.x + box.width, box.y),
        (box.x + box.width, box.y + box.height),
        (box.x, box.y + box.height),
    )
    sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
    for colour, width in ((BLACK, stroke + 2), (look.colour, stroke)):
        for start, end in sides:
            for a, b in _dashes(start, end, look.dash, stroke):
                cv2.line(canvas, a, b, colour, width)


def _dashes(
    start: tuple[int, int], end: tuple[int, int], dash: tuple[int, int], stroke: int
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    drawn, gap = (length * stroke for length in dash)
    if gap == 0:
        yield start, end
        return
    vector = np.subtract(end, start)
    length = float(np.hypot(*vector))
    pieces = max(1, round((length + gap) / (drawn + 2 * gap)))  # Strokes end round, which eats some of the gap.
    pitch = (length - drawn) / max(1, pieces - 1) if pieces > 1 else 0
    for piece in range(pieces):
        a = np.rint(start + vector * (piece * pitch / length)).astype(int)
        b = np.rint(start + vector * min(1.0, (piece * pitch + drawn) / length)).astype(int)
        yield (int(a[0]), int(a[1])), (int(b[0]), int(b[1]))


def _write_tag(canvas: NDArray[np.uint8], tag: _Tag, spot: Box, look: Look, layout: Layout) -> None:
    cv2.rectangle(canvas, (spot.x, spot.y, spot.width, spot.height), look.colour, cv2.FILLED)
    cv2.rectangle(canvas, (spot.x, spot.y, spot.width, spot.height), BLACK, 1)
    x = spot.x + 0.3 * layout.line
    write_text(canvas, tag.reading, (x, spot.y + 0.7 * layout.line), _large(layout), BLACK, weight=Weight.BOLD)
    if tag.certainty:
        write_text(canvas, tag.certainty, (x, spot.y + 1.75 * layout.line), _small(layout), BLACK)
