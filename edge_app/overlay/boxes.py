"""A box around each digit, its line telling the state of doubt."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box
from edge_app.overlay.frame import AnnotatedFrame
from edge_app.overlay.layout import Layout
from edge_app.overlay.tags import draw_tag, place_tags, write_tags
from edge_app.overlay.theme import BLACK, LOOKS, Look

MARGIN = 0.3
"""Room between the ink and its box, in lines."""


def draw_boxes(canvas: NDArray[np.uint8], annotated: AnnotatedFrame, boxes: tuple[Box, ...], layout: Layout) -> None:
    """Draw all digits with their tags, the one in focus last.

    Args:
        canvas: the picture's area, uint8 [H, W, 3], changed in place.
        annotated: what is shown.
        boxes: where its digits are on the canvas.
        layout: the sizes.
    """
    order = sorted(range(len(boxes)), key=lambda i: (i != annotated.focus, not annotated.digits[i].prediction.unsure))
    frames = [_widen(boxes[i], layout) for i in order]
    choices = [list(write_tags(annotated.digits[i].prediction, annotated.labels, layout)) for i in order]
    places = place_tags(choices, frames, layout)
    for i, frame, place in reversed(list(zip(order, frames, places, strict=True))):
        look = LOOKS[annotated.digits[i].prediction.reason]
        stroke = layout.stroke + (layout.stroke + 1) // 2 * (i == annotated.focus)
        outline(canvas, frame, look, stroke)
        draw_tag(canvas, place.tag, place.spot, look, layout)


def _widen(box: Box, layout: Layout) -> Box:
    margin = round(MARGIN * layout.line)
    return Box(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin)


def outline(canvas: NDArray[np.uint8], box: Box, look: Look, stroke: int) -> None:
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
