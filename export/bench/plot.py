"""Draws the benchmark: time against what an interval misses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from edge_app.manifest import Kind, Quantisation
from export.bench.row import Row
from export.errors import ExportError

NOMINAL = 0.95
STYLES = {Kind.ENSEMBLE: ("o", "#b35806"), Kind.STACKED: ("s", "#2166ac"), Kind.SAMPLED: ("^", "#1b7837")}
LINES = {Quantisation.NONE: "-", Quantisation.FLOAT16: "--", Quantisation.DYNAMIC: ":", Quantisation.INT8: "-."}


def draw_plot(rows: Sequence[Row], path: Path) -> None:
    """Draw one line a kind and quantisation, its points labelled by K: milliseconds against the interval's error.

    Raises:
        ExportError: the file cannot be written.
    """
    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for kind, (marker, colour) in STYLES.items():
        for quantisation, line in LINES.items():
            points = [
                (row.p50_ms, 100 * (NOMINAL - row.quality.coverage), row.samples)
                for row in rows
                if row.way == kind and row.quantisation == quantisation and row.quality and row.p50_ms
            ]
            if not points:
                continue
            times, errors, samples = zip(*sorted(points, key=lambda point: point[2]), strict=True)
            axes.plot(times, errors, line, marker=marker, color=colour, label=f"{kind}, {quantisation}")
            if quantisation is Quantisation.NONE:
                for point in zip(samples, times, errors, strict=True):
                    axes.annotate(f"K={point[0]}", point[1:], textcoords="offset points", xytext=(4, 4), fontsize=7)
    axes.set(
        xscale="log",
        xlabel="median time of one image, ms, one thread",
        ylabel="share of next draws that a 95 % interval misses beyond 5 %, points",
        title="What an interval costs: left and low is better",
    )
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:  # ValueError: a suffix that stands for no format
        raise ExportError(f"{path}: cannot be drawn ({error}); choose a .png, .svg or .pdf") from None
