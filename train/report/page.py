"""Composes the page: one file that needs no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from train.report import tables
from train.report.draw import Drawn
from train.report.html import gallery, paragraph, picture, section, table
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
        f'<p class="meta">{escape(_measured(report.settings))}</p><nav>{links}</nav></header>\n<main>{body}</main></body></html>\n'
    )


def _sections(report: Report) -> Iterator[Section]:
    both = (CLEAN, CORRUPTED)
    yield Section("scores", "At a glance", [_pair(tables.scores(report, data) for data in both), paragraph(SCORES)])
    yield Section("chosen", "Single images", [paragraph(CHOSEN.format(report.settings.interval_passes))])
    yield Section(
        "entropy", "Entropy, right and wrong",
        [paragraph(ENTROPY), _pair(tables.entropies(report, data) for data in both)],
    )  # fmt: skip
    yield Section(
        "selective", "What doubt is worth",
        [paragraph(DOUBT), _pair([tables.errors_found(report), tables.shift_told(report)])],
    )  # fmt: skip
    yield Section("calibration", "Is a confidence what it says?", [paragraph(CALIBRATION)])
    yield Section("split", "Two sorts of doubt", [paragraph(SPLIT), table(tables.doubt(report))])
    if report.samples:
        yield Section("samples", "How many passes?", [paragraph(SAMPLES), _pair(tables.samples(report))])
    yield Section("corruptions", "Under corruption", _corruptions(report))
    if report.fidelity:
        yield Section("device", "On the device", [paragraph(DEVICE), table(tables.fidelity(report))])
    if report.source:
        yield Section("source", "Beside the source", [paragraph(SOURCE), table(tables.source(report))])
    yield Section("confusion", "What is taken for what", [paragraph(CONFUSION)])
    yield Section("data", "The images", [paragraph(DATA)])
    yield Section("prior", "The prior", [paragraph(PRIOR)])
    yield Section("networks", "What was measured", _networks(report))


def _corruptions(report: Report) -> list[str]:
    bundles = [facts for facts in report.subjects if facts.kind == "bundle"]
    promises = [paragraph(PROMISE)] * bool(bundles) + [table(tables.promises(report, facts)) for facts in bundles]
    details = _pair(tables.corruption_doubt(report, facts) for facts in report.subjects)
    return [paragraph(CORRUPTIONS), table(tables.corruption_accuracy(report)), *promises, paragraph(DETAILS), details]


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
        f"{settings.corruption_images:,} images under each corruption, evenly spaced over the test set; "
        f"where passes differ, means of {settings.test_passes} and {settings.corruption_passes}, "
        "or of a bundle's own K. Every number is in metrics.json."
    )


def _pair(contents: Iterator[tables.Table] | Sequence[tables.Table]) -> str:
    return f'<div class="pair">{"".join(map(table, contents))}</div>'


SCORES = (
    "NLL is in nats; Brier is summed over the classes; ECE uses 15 bins of confidence; AURC is the area under risk "
    "against coverage. Of all but accuracy, less is better. Where passes differ, one pass is one draw of the weights for "
    "each block of 1,000 images (a bundle's first sample), and the mean averages probabilities over the passes."
)
CHOSEN = (
    "For each class the bar reaches from the 2.5 to the 97.5 percentile of its probability over {} passes, or over a "
    "bundle's K; a network whose passes do not differ has a line. The true class is green, filled and has a triangle "
    "above; the others are red and hatched. The black dash is the mean. Doubt is that of the first subject whose "
    "passes differ."
)
ENTROPY = (
    "The histograms count images by the entropy of the prediction, on a log scale: green and filled where it is right, "
    "red and hatched where it is wrong; lines mark the means. Good doubt is small where right and large where wrong."
)
DOUBT = (
    "If the most doubtful images are given up, the rest should hold fewer errors. The tables rank images by three "
    "scores: entropy of the mean, mutual information of label and weights, and spread, the width of the 95% interval "
    "of the predicted class. A network whose passes do not differ has the first alone."
)
CALIBRATION = (
    "Among predictions of confidence 0.8, 80% should be right. The curves show accuracy less confidence in 15 bins of "
    "confidence, leaving out bins of fewer than 10 images; on the line the confidence is what it says."
)
SPLIT = (
    "The entropy of the mean is the mean entropy of the passes (aleatoric: the image itself is ambiguous) and what the "
    "passes disagree about (epistemic: the network has not learnt it), the latter times K / (K - 1), since K passes "
    "see too little of it."
)
SAMPLES = (
    "The mean of the first K passes. Distance is the mean total variation distance to the mean of all passes; spread "
    "is the width of the 95% interval, which needs far more passes than the mean."
)
CORRUPTIONS = (
    "The corruptions of MNIST-C (Mu and Gilmer 2019), drawn with the published parameters. No network was "
    "trained on them unless its recipe says so."
)
PROMISE = (
    "A bundle's warning and label sets are calibrated on clean images, and what they promise holds for images like "
    "those. This is what is left of it."
)
DETAILS = (
    "Doubt under each corruption: the mean entropy and its epistemic part, and the AUROC of entropy for finding errors, "
    "of entropy for telling corrupted from clean images, and of mutual information (MI) for the same."
)
DEVICE = (
    "The bundle runs on LiteRT with its own weight samples; the full model draws new ones for every block of images. "
    "Distance is the mean total variation distance of the two predictive means."
)
SOURCE = (
    "The source printed figures of one stochastic pass, of networks trained on all 60,000 images. The seeds' column "
    "gives mean and standard deviation over runs that differ from each other by their seed alone, trained as the "
    "source's; the last column is how far from that mean 95 of 100 further seeds would lie. A figure of the source "
    "within it needs no other reason. Our own run may hold images out, and its spatter is drawn anew from the "
    "published parameters."
)
CONFUSION = "Rows are true labels, columns what was read, both for the mean of the passes; errors are shaded."
DATA = "Paper is 1 and ink is 0, as the networks see it."
PRIOR = (
    "Half a Normal of standard deviation 1, half one of standard deviation 10, beside the unit normal. Over a whole "
    "layer the mixture is one choice for all weights together."
)
