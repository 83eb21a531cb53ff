"""Draws every figure of a report into its folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from dataset import load_split
from train.report.figures.confusion import draw_confusion
from train.report.figures.corruptions import draw_corruptions
from train.report.figures.entropy import draw_entropy
from train.report.figures.intervals import draw_intervals
from train.report.figures.prior import draw_prior
from train.report.figures.reliability import draw_reliability
from train.report.figures.samples import draw_samples
from train.report.figures.selective import draw_selective
from train.report.figures.split import draw_split
from train.report.figures.strips import draw_strips
from train.report.figures.style import save, styled
from train.report.results import Report
from train.report.selection import CLEAN, CORRUPTED


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure in the report's folder: which section it belongs to, its file name without ending, what it shows."""

    section: str
    name: str
    caption: str


def draw(report: Report, folder: Path) -> list[Drawn]:
    """Write every figure as PNG and SVG, and list them in the page's order.

    Raises:
        DataError: a data set cannot be read.
        OSError: a file cannot be written.
    """
    drawn = []
    with styled():
        for description, figure in _figures(report):
            save(figure, folder / description.name)
            drawn.append(description)
    return drawn


def _figures(report: Report) -> Iterator[tuple[Drawn, Figure]]:
    tests = {name: load_split(name, "test") for name in (CLEAN, CORRUPTED)}
    yield (
        Drawn("data", "strips", "The first image of each class, and the same images under spatter"),
        draw_strips(tests),
    )
    for number, chosen in enumerate(report.chosen, 1):
        caption = f"{chosen.rule}: image {chosen.index} of {chosen.data}, a {chosen.label}"
        image = tests[chosen.data].x[chosen.index]
        yield Drawn("chosen", f"chosen-{number}", caption), draw_intervals(chosen, image)
    for data in tests:
        yield Drawn("selective", f"selective-{data}", f"{data}: by total entropy"), draw_selective(report, data)
        yield Drawn("calibration", f"reliability-{data}", f"{data}: reliability"), draw_reliability(report, data)
    examples = {name: load_split(f"MNIST_corrupted/{name}", "test").x[0] for name in report.corruption_names}
    caption = "Accuracy in per cent under each corruption, with the first test image as an example"
    yield Drawn("corruptions", "corruptions", caption), draw_corruptions(report, examples)
    if report.samples:
        yield Drawn("samples", "samples", "Figures of the mean of the first K passes on MNIST"), draw_samples(report)
    yield Drawn("prior", "prior", "The prior of one weight of the Bayesian dense layer"), draw_prior(report.prior)
    for facts in report.subjects:
        yield from _of_subject(report, facts.name)


def _of_subject(report: Report, subject: str) -> Iterator[tuple[Drawn, Figure]]:
    slug = "-".join(subject.replace("/", " ").split())
    of_subject = [test for test in report.tests if test.subject == subject]
    yield (
        Drawn("entropy", f"entropy-{slug}", f"{subject}: entropy where right and where wrong"),
        draw_entropy(of_subject),
    )
    yield (
        Drawn("confusion", f"confusion-{slug}", f"{subject}: images by true and read label"),
        draw_confusion(of_subject),
    )
    results = [result for result in report.corruptions if result.subject == subject]
    if any(result.doubt.epistemic_bits for result in results):
        caption = f"{subject}: the two sorts of doubt under each corruption"
        yield Drawn("split", f"split-{slug}", caption), draw_split(results)
