"""Draws the benchmark: time and size against the distance to the posterior, and the front that nothing beats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from edge_app.runtime.manifest import Kind, Quantisation
from export.bench.row import Row
from export.errors import ExportError
from export.quantisation import SCHEMES

STYLES = {
    Kind.ENSEMBLE: ("o", "#b35806"),
    Kind.STACKED: ("s", "#2166ac"),
    Kind.SAMPLED: ("^", "#1b7837"),
    Kind.MOMENTS: ("D", "#b2182b"),
}
LEAST = 1e-5
"""Of a distance, for the logarithm."""


class Point(NamedTuple):
    """One row on one pair of axes: what it costs, its distance to the posterior, and its number K of samples."""

    cost: float
    distance: float
    samples: int


def draw_plot(rows: Sequence[Row], path: Path) -> None:
    """Draw milliseconds, and bytes, against the distance: a line a kind and quantisation, its points labelled by K.

    Raises:
        ExportError: the file cannot be written.
    """
    figure = Figure(figsize=(13, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 2, sharey=True)
    for place, cost, label in zip(axes, ("p50_ms", "bytes"), ("median time of one image, ms", "bytes"), strict=True):
        _draw_rows(place, rows, cost)
        place.set(xscale="log", yscale="log", xlabel=label)
        place.grid(visible=True, which="both", alpha=0.25)
    axes[0].set_ylabel("total variation distance of the predictive mean to 2,000 draws'")
    figure.suptitle("What nearness to the posterior costs, by the number of samples: left and low is better")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper", fontsize=8)
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:  # ValueError: a suffix that stands for no format
        raise ExportError(f"{path}: cannot be drawn ({error}); choose a .png, .svg or .pdf") from None


def front(points: Sequence[Point]) -> list[Point]:
    """Give the points of which no other costs as little and is as near, from the cheapest on."""
    best: list[Point] = []
    for point in sorted(points):
        if not best or point.distance < best[-1].distance:
            best.append(point)
    return best


def _draw_rows(axes: Any, rows: Sequence[Row], cost: str) -> None:
    every: list[Point] = []
    for kind, quantisation in product(STYLES, Quantisation):
        points = sorted(_points(rows, cost, kind, quantisation), key=lambda point: point.samples)
        if points:
            every += points
            marker, colour = STYLES[kind]
            line = SCHEMES[quantisation].line
            values = [[point.cost for point in points], [point.distance for point in points]]
            axes.plot(*values, line, marker=marker, color=colour, markersize=4, label=f"{kind}, {quantisation}")
        if points and quantisation is Quantisation.NONE:
            for point in points:
                place = (point.cost, point.distance)
                axes.annotate(str(point.samples), place, textcoords="offset points", xytext=(4, 4), fontsize=8)
    best = front(every)
    steps = [[point.cost for point in best], [point.distance for point in best]]
    axes.step(*steps, where="post", color="black", alpha=0.2, linewidth=7, zorder=0, label="the front")


def _points(rows: Sequence[Row], cost: str, kind: Kind, quantisation: Quantisation) -> Iterator[Point]:
    for row in rows:
        spent = getattr(row, cost)
        if (row.way, row.quantisation) == (kind, quantisation) and row.quality and spent:
            yield Point(spent, max(row.quality.total_variation, LEAST), row.samples)
