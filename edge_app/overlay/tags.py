"""Tags beside digits: what each is, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
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


def write_tags(prediction: Prediction, labels: tuple[str, ...], layout: Layout) -> Iterator[Tag]:
    """Word the tags that would do for one image, the fullest first."""
    reading = words.short(prediction, labels)
    probability = words.percent(prediction.probability)
    for certainty in (f"{probability} ({words.interval(prediction)})", probability, ""):
        yield _measure(reading, certainty, layout)
    yield _measure(words.briefest(prediction, labels), "", layout)


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
