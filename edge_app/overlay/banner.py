"""The banner below the picture: what the digit in focus is, or a warning to be seen from across the room."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.overlay import words
from edge_app.overlay.frame import AnnotatedFrame, Status
from edge_app.overlay.layout import Layout
from edge_app.overlay.lettering import Align, Weight, fit_size, text_width, write_text
from edge_app.overlay.theme import BLACK, FAINT, GROUND, LOOKS, WHITE, Colour

NOTHING = "Show me a digit"
MARGIN = 0.6
"""In lines."""
NOTES_SHARE = 0.4
"""Share of the width that the small print may take."""


def draw_banner(canvas: NDArray[np.uint8], annotated: AnnotatedFrame, layout: Layout) -> None:
    """Draw the banner.

    Args:
        canvas: its area, uint8 [h, w, 3], changed in place.
        annotated: what is shown.
        layout: the sizes.
    """
    text, ground, ink = _verdict(annotated)
    cv2.rectangle(canvas, (0, 0), (layout.width, layout.banner), ground, cv2.FILLED)
    right = _write_notes(canvas, annotated, FAINT if ground == GROUND else ink, layout)
    line = layout.line
    x = MARGIN * line
    mark = _mark(annotated)
    if mark:
        _draw_mark(canvas, mark, 1.4 * line, (x + 1.4 * line, 2 * line), ground)
        x += 3.4 * line
    size = fit_size(text, 2.6 * line, right - x, Weight.BOLD)
    write_text(canvas, text, (x, 2 * line), size, ink, weight=Weight.BOLD)


def _verdict(annotated: AnnotatedFrame) -> tuple[str, Colour, Colour]:
    """Text, ground and ink."""
    if annotated.focused is None:
        return NOTHING, GROUND, FAINT
    prediction = annotated.focused.prediction
    text = words.headline(prediction, annotated.labels)
    return (text, LOOKS[prediction.reason].colour, BLACK) if prediction.reason else (text, GROUND, WHITE)


def _mark(annotated: AnnotatedFrame) -> str:
    return "" if annotated.focused is None else LOOKS[annotated.focused.prediction.reason].mark


def _write_notes(canvas: NDArray[np.uint8], annotated: AnnotatedFrame, ink: Colour, layout: Layout) -> float:
    """Write the small print at the right, and tell where the room left of it ends."""
    status = annotated.status
    notes = (_speed(status), _samples(status), status.message or _drift(status) or _count(annotated))
    margin = MARGIN * layout.line
    widest = 0
    for number, note in enumerate(notes, 1):
        size = fit_size(note, layout.small, NOTES_SHARE * layout.width)
        widest = max(widest, text_width(note, size))
        at = (layout.width - margin, number * layout.banner / (len(notes) + 1))
        write_text(canvas, note, at, size, ink, align=Align.RIGHT)
    return layout.width - widest - 2.5 * margin


def _draw_mark(
    canvas: NDArray[np.uint8], mark: str, radius: float, centre: tuple[float, float], ground: Colour
) -> None:
    cv2.circle(canvas, (round(centre[0]), round(centre[1])), round(radius), BLACK, cv2.FILLED, cv2.LINE_AA)
    write_text(canvas, mark, centre, 1.6 * radius, ground, align=Align.CENTRE, weight=Weight.BOLD)


def _speed(status: Status) -> str:
    rate = f"{status.frames_per_second:.0f} fps, " if status.frames_per_second else ""
    return f"{rate}{status.latency_ms:.1f} ms"


def _samples(status: Status) -> str:
    if status.samples == status.calibrated:
        return f"steady, K = {status.samples}"
    return f"steady, K = {status.samples} of {status.calibrated}"


def _drift(status: Status) -> str:
    return words.UNLIKE_BRIEFLY if status.unlike else ""


def _count(annotated: AnnotatedFrame) -> str:
    unsure = sum(read.prediction.unsure for read in annotated.digits)
    digits = len(annotated.digits)
    if annotated.status.more:
        return f"more than {digits} digits"
    return f"{unsure} of {digits} unsure" if unsure else f"{digits} digit{'s' * (digits != 1)}"
