"""Writes the benchmark down for a reader."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.runtime.manifest import Kind, Quantisation
from export.bench.row import Row

ONNX = "ONNX Runtime"
EAGER = "full model, eager"
AUTO = "auto"


def render_table(rows: Sequence[Row]) -> str:
    """Give one line a row, one that failed with its reason."""
    head = f"{'way':<25}{'K':>5} {'numbers':<9}{'bytes':>11}{'parts':>6}{'p50 ms':>10}{'p95 ms':>10}"
    head += f"{'accuracy':>10}{'NLL':>8}{'ECE':>8}{'TV':>8}{'coverage':>10}"
    return "\n".join([head, *map(_line, rows)])


def render_ratios(rows: Sequence[Row]) -> str:
    """Give the times of some pairs as ratios, where both were measured."""
    times = {(row.way, row.samples): row.p50_ms for row in rows if row.quantisation is Quantisation.NONE}
    lines = []
    for samples in sorted({row.samples for row in rows}):
        for slow, fast in (
            (Kind.ENSEMBLE, Kind.STACKED),
            (EAGER, Kind.STACKED),
            (Kind.STACKED, ONNX),
            (Kind.SAMPLED, Kind.STACKED),
            (AUTO, Kind.STACKED),
            (AUTO, Kind.ENSEMBLE),
            (AUTO, ONNX),
        ):
            over, under = times.get((slow, samples)), times.get((fast, samples))
            if over and under:
                lines.append(f"K = {samples}: {slow} takes {over / under:,.2f} times the time of {fast}")
    return "\n".join(lines)


def _line(row: Row) -> str:
    start = f"{row.way:<25}{row.samples:>5} {row.quantisation:<9}"
    if row.status != "ok":
        return f"{start}  {row.status}"
    times = "".join(f"{'' if value is None else format(value, '.3f'):>10}" for value in (row.p50_ms, row.p95_ms))
    size = "" if row.bytes is None else f"{row.bytes:,}"
    parts = "" if row.delegates is None else row.delegates
    line = f"{start}{size:>11}{parts:>6}{times}"
    if row.quality is None:
        return line
    quality = row.quality
    return (
        f"{line}{quality.accuracy:>10.4f}{quality.nll:>8.4f}{quality.ece:>8.4f}"
        f"{quality.total_variation:>8.4f}{quality.coverage:>10.3f}"
    )
