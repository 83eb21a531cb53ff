"""Composes the page: one file that needs no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from train.report.results import Report, Settings
from train.report.sections import Section
from train.report.summary import summarise

TEMPLATES: Final = Path(__file__).with_name("templates")
TITLE: Final = "What the networks know, and what they do not"


def make_page(report: Report, sections: Sequence[Section], pictures: Mapping[str, str]) -> str:
    """Compose the page.

    Args:
        report: what it shows.
        sections: of the report.
        pictures: the figures by their names, SVG in base64.
    """
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return templates.get_template("page.html.j2").render(
        title=TITLE,
        summary=summarise(report),
        measured=_measured(report.settings),
        sections=sections,
        pictures=pictures,
    )


def _measured(settings: Settings) -> str:
    sample = "A sample: " if settings.sample else ""
    return (
        f"{sample}{settings.test_images:,} test images of MNIST and their twins under spatter, "
        f"{settings.corruption_images:,} images under each corruption, evenly spaced over the test set; where passes "
        f"differ, means of {settings.test_passes} passes, {settings.corruption_passes} under the corruptions, or of a "
        "bundle's own K. Every number is in metrics.json."
    )
