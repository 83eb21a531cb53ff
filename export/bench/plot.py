"""Draws the benchmark: time against what an interval misses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from edge_app.runtime.manifest import Kind, Quantisation
from export.bench.row import Row
from export.errors import ExportError
from export.quantisation import SCHEMES

NOMINAL = 0.95
STYLES = {Kind.ENSEMBLE: ("o", "#b35806"), Kind.STACKED: ("s", "#2166ac"), Kind.SAMPLED: ("^", "#1b7837")}


def draw_plot(rows: Sequence[Row], path: Path) -> None:
    """Draw one line a kind and quantisation, its points labelled by K: milliseconds against the interval's error.

    Raises:
        ExportError: the file cannot be written.
    """
    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for kind, quantisation in product(STYLES, Quantisation):
        points = sorted(_points(rows, kind, quantisation))
        if points:
            samples, times, gaps = zip(*points, strict=True)
            marker, colour = STYLES[kind]
            line = SCHEMES[quantisation].line
            axes.plot(times, gaps, line, marker=marker, color=colour, label=f"{kind}, {quantisation}")
        if points and quantisation is Quantisation.NONE:
            for count, time, gap in zip(samples, times, gaps, strict=True):
                axes.annotate(str(count), (time, gap), textcoords="offset points", xytext=(4, 4), fontsize=8)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="median time of one image, ms",
        ylabel="coverage of a 95 % interval, points short of 95",
        title="What an interval costs, by the number of samples: left and low is better",
    )
    axes.grid(visible=True, which="both", alpha=0.25)
    figure.legend(loc="outside right upper", fontsize=8)
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:  # ValueError: a suffix that stands for no format
        raise ExportError(f"{path}: cannot be drawn ({error}); choose a .png, .svg or .pdf") from None


def _points(rows: Sequence[Row], kind: Kind, quantisation: Quantisation) -> Iterator[tuple[int, float, float]]:
    """Give K, milliseconds, and the points that coverage is short of 95, which a logarithm needs above 0."""
    for row in rows:
        if (row.way, row.quantisation) == (kind, quantisation) and row.quality and row.p50_ms:
            yield row.samples, row.p50_ms, max(100 * (NOMINAL - row.quality.coverage), 0.1)
