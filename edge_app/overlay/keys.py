"""The keys, explained on the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.overlay.layout import Layout
from edge_app.overlay.lettering import write_text
from edge_app.overlay.theme import SKY_BLUE, WHITE

KEYS = (
    ("q, Esc", "quit"),
    ("space", "freeze"),
    ("s", "save a still and its JSON"),
    ("i", "panel on or off"),
    ("m", "mirror"),
    ("+ -", "more or fewer samples"),
    ("h", "hide this"),
)


def draw_keys(canvas: NDArray[np.uint8], layout: Layout) -> None:
    """Dim the picture and list the keys.

    Args:
        canvas: the picture's area, uint8 [H, W, 3], changed in place.
        layout: the sizes.
    """
    canvas //= 6
    line = 1.9 * layout.line
    top = layout.height / 2 - line * (len(KEYS) - 1) / 2
    column = layout.width / 2 - 3.6 * layout.line
    for row, (key, meaning) in enumerate(KEYS):
        y = top + row * line
        write_text(canvas, key, (column - 3.4 * layout.line, y), 1.15 * layout.line, SKY_BLUE)
        write_text(canvas, meaning, (column + 1.2 * layout.line, y), 1.15 * layout.line, WHITE)
