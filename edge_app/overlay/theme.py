"""Colours and marks. No state is told by colour alone: each has its own line and its own mark as well.

The colours are those of Okabe and Ito ("Color universal design", 2008), chosen to stay apart for colour-blind people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from edge_app.runtime.prediction import Reason

Colour: TypeAlias = tuple[int, int, int]
"""Blue, green, red, each 0 to 255."""

BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)
SKY_BLUE: Final[Colour] = (233, 180, 86)
ORANGE: Final[Colour] = (0, 159, 230)
VERMILLION: Final[Colour] = (0, 94, 213)

GROUND: Final[Colour] = (30, 26, 24)
RAISED: Final[Colour] = (62, 55, 51)
FAINT: Final[Colour] = (185, 178, 172)
BAR: Final[Colour] = (170, 162, 156)


@dataclass(frozen=True, slots=True)
class Look:
    """How a state of doubt looks.

    Attributes:
        colour: of its box, its tag and its banner.
        mark: a sign in its banner; empty for none.
        dash: lengths of the box's dashes and gaps, in line widths; no gap is a solid line.
    """

    colour: Colour
    mark: str
    dash: tuple[int, int]


LOOKS: Final[dict[Reason | None, Look]] = {
    None: Look(SKY_BLUE, "", (1, 0)),
    Reason.AMBIGUOUS: Look(ORANGE, "?", (5, 3)),
    Reason.UNFAMILIAR: Look(VERMILLION, "!", (1, 2)),
    Reason.NOT_A_DIGIT: Look(FAINT, "\N{EN DASH}", (1, 4)),
    Reason.LINE: Look(ORANGE, "?", (5, 3)),
    Reason.PRINT: Look(ORANGE, "?", (5, 3)),
    Reason.EDGE: Look(ORANGE, "?", (5, 3)),
}
