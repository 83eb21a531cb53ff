"""What the pages of one half are made of: the other half shares neither digits, pens, papers nor fonts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2

from dataset.arrays import Half
from dataset.load import Split, load_split
from dataset.scenes.pen import Colour

HELD_OUT: Final = 5000
"""Training images, the last ones, that the shipped networks were not trained on; pages for training show these."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What pages are made of.

    Attributes:
        digits: the images of handwritten digits.
        pens: colours of ink, BGR reflectance.
        papers: colours of paper.
        fonts: of print, files of Matplotlib's without the ending.
        hands: OpenCV's stroke fonts for handwritten letters.
    """

    digits: Split
    pens: tuple[Colour, ...]
    papers: tuple[Colour, ...]
    fonts: tuple[str, ...]
    hands: tuple[int, ...]


@cache
def stock_of(half: Half) -> Stock:
    """Gather what the pages of a half are made of; MNIST's test digits are in the test half alone."""
    digits = load_split("MNIST", half)
    if half == "train":
        return Stock(
            digits=Split(digits.x[-HELD_OUT:], digits.y[-HELD_OUT:], digits.onehot[-HELD_OUT:]),
            pens=((0.10, 0.09, 0.09), (0.50, 0.20, 0.10), (0.15, 0.12, 0.60), (0.40, 0.38, 0.38)),
            papers=((0.92, 0.93, 0.93), (0.78, 0.86, 0.92), (0.84, 0.84, 0.84)),
            fonts=(
                "DejaVuSans",
                "DejaVuSans-Bold",
                "DejaVuSerif",
                "DejaVuSerif-Bold",
                "DejaVuSansMono",
                "cmr10",
                "cmb10",
            ),
            hands=(cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX),
        )
    return Stock(
        digits=digits,
        pens=((0.07, 0.06, 0.07), (0.42, 0.14, 0.07), (0.12, 0.32, 0.10), (0.10, 0.10, 0.52), (0.34, 0.12, 0.34)),
        papers=((0.93, 0.92, 0.93), (0.80, 0.80, 0.80), (0.93, 0.88, 0.84), (0.70, 0.82, 0.90)),
        fonts=("STIXGeneral", "STIXGeneralBol", "cmss10", "cmtt10"),
        hands=(cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX),
    )
