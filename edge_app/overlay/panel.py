"""The panel: everything the samples say about the digit in focus; of many digits a list, the doubtful ones first."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.overlay import words
from edge_app.overlay.frame import AnnotatedFrame, ReadDigit
from edge_app.overlay.layout import Layout
from edge_app.overlay.lettering import Align, Weight, fit_size, write_text
from edge_app.overlay.theme import BAR, FAINT, LOOKS, RAISED, WHITE, Colour
from edge_app.runtime.prediction import Prediction

MARGIN = 0.7
VIEW = 4.4
"""Side of the network's view, in lines."""
THUMB, ROW = 1.5, 1.7
"""Side of the network's view in a list, and its rows' distance, in lines."""
HEAD, BARS, BITS = 7.2, 17.7, 19.0
"""Where the bars start, where their axis stands, and where the entropies start, in lines."""


def draw_panel(canvas: NDArray[np.uint8], annotated: AnnotatedFrame, layout: Layout, *, many: bool = False) -> None:
    """Draw the panel.

    Args:
        canvas: its area, uint8 [h, w, 3], changed in place.
        annotated: what is shown.
        layout: the sizes.
        many: whether to list the digits.
    """
    cv2.line(canvas, (0, 0), (0, canvas.shape[0]), RAISED, max(1, layout.stroke // 2))
    pen = _Pen(canvas, layout.line)
    focused = annotated.focused
    if focused is None:
        pen.write("no digit in view", (pen.width / 2, 12), colour=FAINT, align=Align.CENTRE)
        return
    _head(pen, focused, annotated.labels)
    if many:
        _list(pen, annotated)
        return
    _bars(pen, focused.prediction, annotated.labels)
    _doubt(pen, focused.prediction, annotated.labels)


class _Pen:
    """Writes on the panel; places and sizes in lines."""

    def __init__(self, canvas: NDArray[np.uint8], line: int) -> None:
        self.canvas = canvas
        self.line = line
        self.width = canvas.shape[1] / line
        self.height = canvas.shape[0] / line

    def write(
        self,
        text: str,
        at: tuple[float, float],
        *,
        size: float = 0.85,
        colour: Colour = WHITE,
        align: Align = Align.LEFT,
        weight: Weight = Weight.REGULAR,
        room: float = 99.0,
    ) -> None:
        pixels = fit_size(text, max(10.0, size * self.line), room * self.line, weight)
        write_text(
            self.canvas, text, (at[0] * self.line, at[1] * self.line), pixels, colour, align=align, weight=weight
        )

    def fill(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        a, b = (round(left * self.line), round(top * self.line)), (round(right * self.line), round(bottom * self.line))
        cv2.rectangle(self.canvas, a, b, colour, cv2.FILLED)


def _head(pen: _Pen, focused: ReadDigit, labels: tuple[str, ...]) -> None:
    prediction = focused.prediction
    look = LOOKS[prediction.reason]
    left = MARGIN
    room = pen.width - VIEW - 3 * MARGIN
    pen.write(labels[prediction.label], (left, 2.9), size=5.4, colour=look.colour, weight=Weight.BOLD, room=room)
    right, top = pen.width - MARGIN, MARGIN
    _network_view(pen, focused.digit.image, right - VIEW, top)
    pen.write(words.percent(prediction.probability), (left, 6.0), size=1.1, weight=Weight.BOLD)
    pen.write(words.interval(prediction), (right, 6.0), colour=FAINT, align=Align.RIGHT)


def _network_view(pen: _Pen, image: NDArray[np.float32], left: float, top: float, size: float = VIEW) -> None:
    side = round(size * pen.line)
    grey = cv2.resize(image[..., 0], (side, side), interpolation=cv2.INTER_NEAREST)
    x, y = round(left * pen.line), round(top * pen.line)
    pen.canvas[y : y + side, x : x + side] = np.rint(255 * np.clip(grey, 0, 1))[..., None]


def _list(pen: _Pen, annotated: AnnotatedFrame) -> None:
    """As many digits as there is room for: what the network sees, what it takes it for, how sure that is."""
    rows = int((pen.height - HEAD) / ROW)
    doubtful_first = sorted(
        annotated.digits,
        key=lambda read: (not read.prediction.unsure, not read.prediction.is_digit, -read.prediction.total_bits),
    )
    for row, read in enumerate(doubtful_first[:rows]):
        prediction, top = read.prediction, HEAD + row * ROW
        look, middle = LOOKS[prediction.reason], top + 0.5 * THUMB
        _network_view(pen, read.digit.image, MARGIN, top, THUMB)
        text = words.short(prediction, annotated.labels)
        left, right = MARGIN + THUMB + 0.4, pen.width - MARGIN
        pen.write(text, (left, middle), size=1.0, colour=look.colour, weight=Weight.BOLD, room=right - left - 2.4)
        pen.write(words.percent(prediction.probability), (right, middle), colour=FAINT, align=Align.RIGHT)


def _bars(pen: _Pen, prediction: Prediction, labels: tuple[str, ...]) -> None:
    """A bar per class from its 2.5 to its 97.5 percentile, and a tick at its mean."""
    left, right = MARGIN + 1.3, pen.width - MARGIN
    pitch = (BARS - HEAD) / len(labels)
    for i, label in enumerate(labels):
        middle = HEAD + (i + 0.5) * pitch
        half = 0.3 * pitch
        chosen = i == prediction.label
        inside = i in prediction.label_set
        weight = Weight.BOLD if chosen else Weight.REGULAR
        pen.write(label, (MARGIN, middle), colour=WHITE if chosen or inside else FAINT, weight=weight, room=1.2)
        pen.fill(left, middle - 0.04, right, middle + 0.04, RAISED)
        low, mean, high = (
            left + (right - left) * values[i] for values in (prediction.low, prediction.mean, prediction.high)
        )
        colour = LOOKS[prediction.reason].colour if chosen else BAR
        pen.fill(low, middle - half, max(high, low + 0.12), middle + half, colour)
        pen.fill(mean - 0.05, middle - 1.45 * half, mean + 0.05, middle + 1.45 * half, WHITE)
    for share, align in ((0.0, Align.LEFT), (0.5, Align.CENTRE), (1.0, Align.RIGHT)):
        x = left + (right - left) * share
        pen.write(f"{100 * share:.0f}" + " %" * (share == 1), (x, BARS + 0.45), size=0.75, colour=FAINT, align=align)


def _doubt(pen: _Pen, prediction: Prediction, labels: tuple[str, ...]) -> None:
    rows = (
        ("doubt, total", f"{prediction.total_bits:.2f} bits"),
        ("aleatoric", f"{prediction.aleatoric_bits:.2f} bits"),
        ("epistemic", f"{prediction.epistemic_bits:.2f} bits"),
        ("label set", words.label_set(prediction, labels)),
    )
    for row, (name, value) in enumerate(rows):
        y = BITS + 0.6 + row * 1.05
        pen.write(name, (MARGIN, y), colour=FAINT)
        pen.write(value, (pen.width - MARGIN, y), align=Align.RIGHT, weight=Weight.BOLD, room=pen.width - 4)
