"""Put an annotated frame together: picture, boxes, panel, banner, and the keys when asked for."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.finder import Box
from edge_app.overlay.banner import draw_banner
from edge_app.overlay.boxes import draw_boxes
from edge_app.overlay.compact import MANY, draw_compact
from edge_app.overlay.frame import AnnotatedFrame
from edge_app.overlay.layout import Layout, lay_out
from edge_app.overlay.lettering import Align, Weight, fit_size, write_text
from edge_app.overlay.panel import draw_panel
from edge_app.overlay.theme import GROUND, ORANGE, SKY_BLUE, WHITE

KEYS = (
    ("q, Esc", "quit"),
    ("space", "freeze"),
    ("s", "save a still and its JSON"),
    ("i", "panel on or off"),
    ("m", "mirror"),
    ("+ -", "more or fewer samples"),
    ("h", "hide this"),
)


def draw_frame(annotated: AnnotatedFrame) -> NDArray[np.uint8]:
    """Draw an annotated frame.

    Returns:
        uint8 [H, W, 3] BGR with even sides; the same size for frames of the same size.
    """
    height, width = annotated.image.shape[:2]
    layout = lay_out(width, height, panel=annotated.panel)
    canvas = _ground(layout)
    _place_picture(canvas, annotated, layout)
    area = canvas[: layout.height, : layout.width]
    boxes = tuple(_shown_box(read.digit.box, annotated, layout) for read in annotated.digits)
    if annotated.help:
        _draw_keys(area, layout)
    elif len(boxes) < MANY:
        draw_boxes(area, annotated, boxes, layout)
    else:
        draw_compact(area, annotated, boxes, layout)
    if layout.panel:
        draw_panel(canvas[:, layout.width :], annotated, layout, many=len(boxes) >= MANY)
    draw_banner(canvas[layout.height :, : layout.width], annotated, layout)
    return canvas


def draw_notice(text: str, size: tuple[int, int], *, panel: bool) -> NDArray[np.uint8]:
    """Say that there is no picture, and why.

    Args:
        text: one line.
        size: width and height of the frames before, so that the canvas keeps its size.
        panel: whether there was a panel, likewise.

    Returns:
        uint8 [H, W, 3] BGR.
    """
    layout = lay_out(*size, panel=panel)
    canvas = _ground(layout)
    height, width = layout.canvas
    canvas[-layout.line // 2 :] = ORANGE
    lines = ["No picture to read", *text.split("; ")]
    for number, line in enumerate(lines):
        big = layout.line * (2.2 if number == 0 else 1.1)
        size_px = fit_size(line, big, width * 0.94, Weight.BOLD)
        y = height * 0.36 + (0 if number == 0 else (1.2 + 1.7 * number) * layout.line)
        write_text(canvas, line, (width / 2, y), size_px, WHITE, align=Align.CENTRE, weight=Weight.BOLD)
    return canvas


def _draw_keys(canvas: NDArray[np.uint8], layout: Layout) -> None:
    """Dim the picture's area and list the keys on it."""
    canvas //= 6
    line = 1.9 * layout.line
    top = layout.height / 2 - line * (len(KEYS) - 1) / 2
    column = layout.width / 2 - 3.6 * layout.line
    for row, (key, meaning) in enumerate(KEYS):
        y = top + row * line
        write_text(canvas, key, (column - 3.4 * layout.line, y), 1.15 * layout.line, SKY_BLUE)
        write_text(canvas, meaning, (column + 1.2 * layout.line, y), 1.15 * layout.line, WHITE)


def _ground(layout: Layout) -> NDArray[np.uint8]:
    height, width = layout.canvas
    canvas = np.empty((height, width, 3), np.uint8)
    cv2.rectangle(canvas, (0, 0), (width, height), GROUND, cv2.FILLED)  # NumPy takes ten times as long.
    return canvas


def _place_picture(canvas: NDArray[np.uint8], annotated: AnnotatedFrame, layout: Layout) -> None:
    image = annotated.image
    if layout.scale != 1:
        size = tuple(max(1, round(side * layout.scale)) for side in (image.shape[1], image.shape[0]))
        image = np.asarray(cv2.resize(image, size, interpolation=_method(layout)), np.uint8)
    if annotated.mirrored:
        image = image[:, ::-1]
    canvas[layout.top : layout.top + image.shape[0], layout.left : layout.left + image.shape[1]] = image


def _method(layout: Layout) -> int:
    return cv2.INTER_AREA if layout.scale < 1 else cv2.INTER_NEAREST


def _shown_box(box: Box, annotated: AnnotatedFrame, layout: Layout) -> Box:
    x = annotated.image.shape[1] - box.x - box.width if annotated.mirrored else box.x
    return Box(
        layout.left + round(x * layout.scale),
        layout.top + round(box.y * layout.scale),
        max(1, round(box.width * layout.scale)),
        max(1, round(box.height * layout.scale)),
    )
