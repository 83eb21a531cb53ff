"""The banner below the picture: what the digit in focus is, or a warning to be seen from across the room."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.overlay import words
from edge_app.overlay.layout import Layout
from edge_app.overlay.lettering import Align, Weight, fit_size, text_width, write_text
from edge_app.overlay.scene import Scene, Status
from edge_app.overlay.theme import BLACK, FAINT, GROUND, LOOKS, WHITE, Colour

NOTHING = "Show me a digit"
NOTES_SHARE = 0.4
"""Share of the width that the small print may take."""


def draw_banner(canvas: NDArray[np.uint8], scene: Scene, layout: Layout) -> None:
    """Draw the banner.

    Args:
        canvas: its area, uint8 [h, w, 3], changed in place.
        scene: what is shown.
        layout: the sizes.
    """
    line = layout.line
    small = max(10.0, 0.8 * line)
    notes = (_speed(scene.status), _samples(scene.status), scene.status.message or _count(scene))
    margin = 0.6 * line
    sizes = [fit_size(note, small, NOTES_SHARE * layout.width) for note in notes]
    column = max(text_width(note, size) for note, size in zip(notes, sizes, strict=True)) + 2.5 * margin
    text, ground, ink = _verdict(scene)
    cv2.rectangle(canvas, (0, 0), (layout.width, layout.banner), ground, cv2.FILLED)
    mark = _mark(scene)
    x = margin
    if mark:
        _draw_mark(canvas, mark, 1.4 * line, (x + 1.4 * line, 2 * line), ground)
        x += 3.4 * line
    room = layout.width - column - x
    size = fit_size(text, 2.6 * line, room, Weight.BOLD)
    write_text(canvas, text, (x, 2 * line), size, ink, weight=Weight.BOLD)
    quiet = FAINT if ground == GROUND else ink
    pitch = layout.banner / (len(notes) + 1)
    for number, (note, note_size) in enumerate(zip(notes, sizes, strict=True), 1):
        write_text(canvas, note, (layout.width - margin, number * pitch), note_size, quiet, align=Align.RIGHT)


def _verdict(scene: Scene) -> tuple[str, Colour, Colour]:
    """Text, ground and ink."""
    if scene.focused is None:
        return NOTHING, GROUND, FAINT
    prediction = scene.focused.prediction
    text = words.headline(prediction, scene.labels)
    return (text, LOOKS[prediction.reason].colour, BLACK) if prediction.reason else (text, GROUND, WHITE)


def _mark(scene: Scene) -> str:
    return "" if scene.focused is None else LOOKS[scene.focused.prediction.reason].mark


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
        return f"{status.samples} samples"
    return f"{status.samples} of {status.calibrated} samples"


def _count(scene: Scene) -> str:
    unsure = sum(bool(sighting.prediction.unsure) for sighting in scene.sightings)
    digits = len(scene.sightings)
    return f"{unsure} of {digits} unsure" if unsure else f"{digits} digit{'s' * (digits != 1)}"
