"""Composes the page: one file that needs no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from train.report import tables, texts
from train.report.draw import Drawn
from train.report.findings import judge
from train.report.html import Table, gallery, paragraph, picture, section, table
from train.report.results import Report, Settings
from train.report.selection import CLEAN, CORRUPTED

STYLE = Path(__file__).with_name("page.css")
TITLE = "What the networks know, and what they do not"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its anchor, which is also that of its figures, its title, and its HTML."""

    anchor: str
    title: str
    parts: Sequence[str]


def make_page(report: Report, drawn: Sequence[Drawn], folder: Path) -> str:
    """Compose the page from a report and its figures, which lie as SVG in `folder`.

    Raises:
        OSError: a figure cannot be read.
    """
    pictures: dict[str, list[str]] = {}
    for figure in drawn:
        svg = folder / f"{figure.name}.svg"
        pictures.setdefault(figure.section, []).append(picture(svg, figure.caption))
    sections = list(_sections(report))
    links = "".join(f'<a href="#{part.anchor}">{escape(part.title)}</a>' for part in sections)
    body = "".join(
        section(part.anchor, part.title, [*part.parts, gallery(pictures.get(part.anchor, []))]) for part in sections
    )
    findings = "".join(map(paragraph, report.findings))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{TITLE}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f'<body><header><h1>{TITLE}</h1><div class="findings">{findings}</div>'
        f'<p class="meta">{escape(_measured(report.settings))}</p><nav>{links}</nav></header>\n'
        f"<main>{body}</main></body></html>\n"
    )


def _sections(report: Report) -> Iterator[Section]:
    both = (CLEAN, CORRUPTED)
    yield Section(
        "scores", "At a glance", [_pair(tables.scores(report, data) for data in both), paragraph(texts.SCORES)]
    )
    yield Section("data", "The images", [paragraph(texts.DATA)])
    yield Section("chosen", "Single images", [paragraph(_chosen(report))])
    yield Section(
        "entropy", "Entropy, right and wrong",
        [paragraph(texts.ENTROPY), _pair(tables.entropies(report, data) for data in both)],
    )  # fmt: skip
    yield Section(
        "selective", "What doubt is worth",
        [paragraph(texts.DOUBT), _pair([tables.errors_found(report), tables.shift_told(report)])],
    )  # fmt: skip
    yield Section("calibration", "Is a confidence what it says?", [paragraph(texts.CALIBRATION)])
    yield Section("split", "Two sorts of doubt", [paragraph(texts.SPLIT), table(tables.doubt(report))])
    if report.samples:
        yield Section("samples", "How many passes?", [paragraph(texts.SAMPLES), _pair(tables.samples(report))])
    yield Section("corruptions", "Under corruption", _corruptions(report))
    if report.fidelity:
        yield Section("device", "On the device", [paragraph(texts.DEVICE), table(tables.fidelity(report))])
    if report.source:
        yield Section("source", "Beside the source", _source(report))
    yield Section("confusion", "What is taken for what", [paragraph(texts.CONFUSION)])
    yield Section("prior", "The prior", [paragraph(texts.PRIOR)])
    yield Section("networks", "What was measured", _networks(report))


def _chosen(report: Report) -> str:
    return texts.CHOSEN.format(passes=report.settings.interval_passes, judge=judge(report.subjects))


def _corruptions(report: Report) -> list[str]:
    bundles = [facts for facts in report.subjects if facts.kind == "bundle"]
    promises = [paragraph(texts.PROMISE)] * bool(bundles) + [table(tables.promises(report, facts)) for facts in bundles]
    details = _pair(tables.corruption_doubt(report, facts) for facts in report.subjects)
    return [
        paragraph(texts.CORRUPTIONS),
        table(tables.corruption_accuracy(report)),
        *promises,
        paragraph(texts.DETAILS),
        details,
    ]


def _source(report: Report) -> list[str]:
    reasons = [
        paragraph(f"{row.subject}, {row.quantity.replace('_', ' ')}, is outside: {row.reason}.")
        for row in report.source
        if not row.within
    ]
    return [paragraph(texts.SOURCE), *map(table, tables.source(report)), *reasons]


def _networks(report: Report) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in report.settings.versions.items())
    return [
        *(paragraph(text) for text in _alike(report)),
        _pair(tables.layers(facts) for facts in report.subjects if facts.layers),
        _pair(tables.notes(facts) for facts in report.subjects),
        paragraph(f"Seed of the passes: {report.settings.seed}. Made with {versions}."),
    ]


def _alike(report: Report) -> Iterator[str]:
    """Say which runs give the very same numbers."""
    names = [facts.name for facts in report.subjects]
    for index, name in enumerate(names):
        for other in names[:index]:
            if all(report.test(name, d).best == report.test(other, d).best for d in (CLEAN, CORRUPTED)):
                yield (
                    f"{other} and {name} give the very same numbers: the cross-entropy of a label is the negative "
                    "log-likelihood of its one-hot form, so that the same start and the same order of images end in "
                    "the same weights."
                )


def _measured(settings: Settings) -> str:
    sample = "A sample: " if settings.sample else ""
    return (
        f"{sample}{settings.test_images:,} test images of MNIST and their twins under spatter, "
        f"{settings.corruption_images:,} images under each corruption, evenly spaced over the test set; where passes "
        f"differ, means of {settings.test_passes} passes, {settings.corruption_passes} under the corruptions, or of a "
        "bundle's own K. Every number is in metrics.json."
    )


def _pair(contents: Iterable[Table]) -> str:
    return f'<div class="pair">{"".join(map(table, contents))}</div>'
