"""Writes a report's folder, whole or not at all: metrics, figures, page."""

from __future__ import annotations

import base64
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from edge_app.runtime.files import put_in_place
from train.errors import TrainError
from train.report.figures.style import save, styled
from train.report.page import make_page
from train.report.results import Report
from train.report.sections import list_sections

METRICS: Final = "metrics.json"
PAGE: Final = "index.html"
DIGITS: Final = 6


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `path` when the block ends well, and vanishes otherwise.

    Raises:
        TrainError: the place cannot be written, or is taken by something that is no report.
    """
    try:
        if path.exists() and not (path / METRICS).is_file():
            raise TrainError(f"{path}: exists and is no report, so it is not replaced; choose another with --out")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            yield fresh
            put_in_place(fresh, path, Path(scratch) / "old")
    except OSError as error:
        raise TrainError(
            f"{path}: cannot be written ({error.strerror or error}); choose another folder with --out"
        ) from None


def write(report: Report, folder: Path) -> None:
    """Write the report; the page shows what `metrics.json` holds and nothing else.

    Raises:
        DataError: a data set cannot be read.
        OSError: a file cannot be written.
    """
    plain = rounded(msgspec.to_builtins(report))
    (folder / METRICS).write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n")
    written = msgspec.convert(plain, Report)
    sections = list_sections(written)
    pictures = {}
    with styled():
        for plot in (plot for section in sections for plot in section.plots):
            save(plot.draw(), folder / plot.name)
            pictures[plot.name] = base64.b64encode((folder / f"{plot.name}.svg").read_bytes()).decode()
    (folder / PAGE).write_text(make_page(written, sections, pictures), encoding="utf-8")


def rounded(value: Any) -> Any:
    """Round every number in plain data to six significant digits, so that the last bits of a sum do not show."""
    if isinstance(value, float):
        return 0.0 if value == 0 else round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return value
