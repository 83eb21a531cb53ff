"""One look for every figure: small enough for a phone, told apart without colour, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

WIDTH = 4.8
"""Of every figure, inches: at a phone's width its letters are still read."""

# Okabe and Ito 2008: told apart with every kind of colour vision.
RIGHT = "#009E73"
WRONG = "#D55E00"
INK = "#222222"
FAINT = "#9a9a9a"
SUBJECTS = ("#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#000000", "#7a7a7a")
MARKERS = ("o", "s", "D", "^", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
WRONG_HATCH = "/////"

_SETTINGS: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 8.5,
    "figure.constrained_layout.use": True,
    "figure.dpi": 200,
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 3.5,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "bayes-edge",
    "xtick.color": INK,
    "xtick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.color": INK,
    "ytick.labelsize": 7.5,
    "ytick.major.width": 0.6,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the report's style, without a screen."""
    with mpl.rc_context(_SETTINGS), plt.ioff():
        plt.switch_backend("agg")
        yield


def save(figure: Figure, path: Path) -> None:
    """Write a figure as `path`.png and `path`.svg, without dates, and close it."""
    _settle(figure)
    figure.savefig(path.with_suffix(".png"), metadata={"Software": None})
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _settle(figure: Figure) -> None:
    """Lay the figure out for good, rounded: the solver's last bits differ from run to run, and names hang on them."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position(original=True).bounds, 5))


def colour(index: int) -> str:
    """Give the colour of a subject by its place."""
    return SUBJECTS[index % len(SUBJECTS)]


def line(index: int) -> dict[str, Any]:
    """Give the colour and dashes of a subject's line."""
    return {"color": colour(index), "linestyle": LINES[index % len(LINES)]}


def marked_line(index: int) -> dict[str, Any]:
    """Give the colour, dashes and marker of a subject's line."""
    return line(index) | {"marker": MARKERS[index % len(MARKERS)]}
