"""Writes a report's folder: metrics, figures, page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec

from train.report.draw import draw
from train.report.folder import METRICS
from train.report.page import make_page
from train.report.results import Report

DIGITS = 6
PAGE = "index.html"


def write(report: Report, folder: Path) -> None:
    """Write the report; the page shows what `metrics.json` holds and nothing else.

    Raises:
        DataError: a data set cannot be read.
        OSError: a file cannot be written.
    """
    plain = rounded(msgspec.to_builtins(report))
    (folder / METRICS).write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n")
    kept = msgspec.convert(plain, Report)
    drawn = draw(kept, folder)
    (folder / PAGE).write_text(make_page(kept, drawn, folder), encoding="utf-8")


def rounded(value: Any) -> Any:
    """Round every number in plain data to six significant digits, so that the last bits of a sum do not show."""
    if isinstance(value, float):
        return 0.0 if value == 0 else round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return value
