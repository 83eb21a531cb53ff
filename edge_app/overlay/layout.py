"""Where things go: everything is measured in lines, whose height follows from the picture's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SMALLEST: Final = (320, 240)
LARGEST: Final = (1920, 1080)
LINES: Final = 20
"""Lines of text that the picture's height has room for."""
PANEL_WIDTH, BANNER_HEIGHT = 10, 4
"""In lines."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes in pixels.

    Attributes:
        width: of the area that shows the picture.
        height: of that area.
        scale: by how much the picture is enlarged.
        left: where the picture starts in its area.
        top: likewise.
        line: height of a line of text.
        panel: width of the panel at the right; 0 without it.
        banner: height of the banner below.
    """

    width: int
    height: int
    scale: float
    left: int
    top: int
    line: int
    panel: int
    banner: int

    @property
    def canvas(self) -> tuple[int, int]:
        """Height and width of everything."""
        return self.height + self.banner, self.width + self.panel

    @property
    def small(self) -> float:
        """Size of the font of small print; the least that can be read."""
        return max(10.0, 0.8 * self.line)

    @property
    def stroke(self) -> int:
        """Width of a box's line."""
        return max(2, round(self.line / 9))


def lay_out(width: int, height: int, *, panel: bool) -> Layout:
    """Plan the canvas of a frame.

    A frame keeps its size as long as it fits between 320 x 240 and 1920 x 1080; else it is scaled, keeping its aspect.
    The area around it has even sides, because video codecs want that.
    """
    scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
    if width < SMALLEST[0] and height < SMALLEST[1]:
        scale = min(SMALLEST[0] / width, SMALLEST[1] / height)
    shown = max(1, round(width * scale)), max(1, round(height * scale))
    area = tuple(max(least, side + side % 2) for least, side in zip(SMALLEST, shown, strict=True))
    line = round(min(area[1], area[0] * 3 / 4) / LINES)
    return Layout(
        width=area[0],
        height=area[1],
        scale=scale,
        left=(area[0] - shown[0]) // 2,
        top=(area[1] - shown[1]) // 2,
        line=line,
        panel=2 * round(PANEL_WIDTH * line / 2) if panel else 0,
        banner=2 * round(BANNER_HEIGHT * line / 2),
    )
