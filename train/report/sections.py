"""The sections of a report, in their order: what each says, tabulates and draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from dataset import Split, load_split
from edge_app.runtime.prediction import FEWEST_FOR_INTERVAL
from train.report import details, tables, texts
from train.report.facts import BundleFacts, RunFacts, judge
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
from train.report.results import Report
from train.report.selection import CLEAN, CORRUPTED
from train.report.tables import Table

BOTH = (CLEAN, CORRUPTED)
Part = str | Table | tuple[Table, ...]
"""A paragraph, a table, or tables side by side where there is room."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure: its file name without ending, what it shows, and what draws it."""

    name: str
    caption: str
    draw: Callable[[], Figure]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its anchor, its title, paragraphs and tables, and the figures after them."""

    anchor: str
    title: str
    parts: tuple[Part, ...]
    plots: tuple[Plot, ...] = ()


def list_sections(report: Report) -> list[Section]:
    """List what a report shows; a new figure is one more `Plot` here.

    Raises:
        DataError: a data set cannot be read.
    """
    tests = {name: load_split(name, "test") for name in BOTH}
    sections = [
        Section("scores", "At a glance", (tuple(tables.scores(report, data) for data in BOTH), texts.SCORES)),
        Section("data", "The images", (texts.DATA,), (_strips(tests),)),
        Section("chosen", "Single images", (_chosen_text(report),), tuple(_chosen(report, tests))),
        Section(
            "entropy",
            "Entropy, right and wrong",
            (texts.ENTROPY, tuple(tables.entropies(report, data) for data in BOTH)),
            tuple(_of_each_subject(report, "entropy", "entropy where right and where wrong", draw_entropy)),
        ),
        Section(
            "selective",
            "What doubt is worth",
            (texts.DOUBT, (tables.errors_found(report), tables.shift_told(report))),
            tuple(
                Plot(f"selective-{data}", f"{data}: by total entropy", partial(draw_selective, report, data))
                for data in BOTH
            ),
        ),
        Section(
            "calibration",
            "Is a confidence what it says?",
            (texts.CALIBRATION,),
            tuple(
                Plot(f"reliability-{data}", f"{data}: reliability", partial(draw_reliability, report, data))
                for data in BOTH
            ),
        ),
        Section("split", "Two sorts of doubt", (texts.SPLIT, tables.doubt(report)), tuple(_splits(report))),
        Section("samples", "How many passes?", *_samples(report)),
        Section("corruptions", "Under corruption", tuple(_corruption_parts(report)), (_corruptions(report),)),
        Section("device", "On the device", (texts.DEVICE, tables.fidelity(report)) if report.fidelity else ()),
        Section("source", "Beside the source", tuple(_published_parts(report)) if report.published else ()),
        Section(
            "confusion",
            "What is taken for what",
            (texts.CONFUSION,),
            tuple(_of_each_subject(report, "confusion", "images by true and read label", draw_confusion)),
        ),
        Section("prior", "The prior", (texts.PRIOR,), (_prior(report),)),
        Section("networks", "What was measured", tuple(_network_parts(report))),
    ]
    return [section for section in sections if section.parts]


def _strips(tests: Mapping[str, Split]) -> Plot:
    caption = "The first image of each class, and the same images under spatter"
    return Plot("strips", caption, partial(draw_strips, tests))


def _chosen_text(report: Report) -> str:
    return texts.CHOSEN.format(passes=report.settings.interval_passes, judge=judge(report.subjects).name)


def _chosen(report: Report, tests: Mapping[str, Split]) -> Iterator[Plot]:
    for number, chosen in enumerate(report.chosen, 1):
        caption = f"{chosen.rule}: image {chosen.index} of {chosen.data}, a {chosen.label}"
        image = tests[chosen.data].x[chosen.index]
        yield Plot(f"chosen-{number}", caption, partial(draw_intervals, chosen, image))


def _of_each_subject(report: Report, name: str, shown: str, draw: Callable[..., Figure]) -> Iterator[Plot]:
    for facts in report.subjects:
        results = [test for test in report.tests if test.subject == facts.name]
        yield Plot(_file_name(name, facts.name), f"{facts.name}: {shown}", partial(draw, results))


def _splits(report: Report) -> Iterator[Plot]:
    for facts in report.subjects:
        results = [result for result in report.corruptions if result.subject == facts.name]
        if any(result.evaluation.doubt.epistemic_bits for result in results):
            caption = f"{facts.name}: the two sorts of doubt under each corruption"
            yield Plot(_file_name("split", facts.name), caption, partial(draw_split, results))


def _samples(report: Report) -> tuple[tuple[Part, ...], tuple[Plot, ...]]:
    if not report.samples:
        return (), ()
    plot = Plot("samples", "Figures of the mean of the first K passes on MNIST", partial(draw_samples, report))
    return (texts.SAMPLES.format(fewest=FEWEST_FOR_INTERVAL), tuple(tables.samples(report))), (plot,)


def _corruptions(report: Report) -> Plot:
    caption = "Accuracy in per cent under each corruption, with the first test image as an example"
    examples = {name: load_split(f"{CORRUPTED}/{name}", "test").x[0] for name in report.corruption_names}
    return Plot("corruptions", caption, partial(draw_corruptions, report, examples))


def _corruption_parts(report: Report) -> Iterator[Part]:
    bundles = [facts for facts in report.subjects if isinstance(facts, BundleFacts)]
    yield texts.CORRUPTIONS
    yield tables.corruption_accuracy(report)
    if bundles:
        yield texts.PROMISE
    yield from (tables.promises(report, facts) for facts in bundles)
    yield texts.DETAILS
    yield from (tables.corruption_doubt(report, facts) for facts in report.subjects)


def _published_parts(report: Report) -> Iterator[Part]:
    yield texts.PUBLISHED
    yield from tables.published(report)
    for row in report.published:
        if not row.within:
            reason = texts.OTHER_SPLIT if row.other_pass_agrees else texts.UNEXPLAINED
            yield f"{row.subject}, {row.quantity}, is outside: {reason}."


def _network_parts(report: Report) -> Iterator[Part]:
    yield from _alike(report)
    yield tuple(details.layers(facts) for facts in report.subjects if isinstance(facts, RunFacts))
    yield tuple(details.subject(facts) for facts in report.subjects)
    versions = ", ".join(f"{name} {version}" for name, version in report.settings.versions.items())
    yield f"Seed of the passes: {report.settings.seed}. Made with {versions}."


def _alike(report: Report) -> Iterator[str]:
    """Say which runs give the very same numbers."""
    names = [facts.name for facts in report.subjects]
    for index, name in enumerate(names):
        for other in names[:index]:
            if all(report.test(name, data).best == report.test(other, data).best for data in BOTH):
                yield texts.SAME_WEIGHTS.format(first=other, second=name)


def _prior(report: Report) -> Plot:
    caption = "The prior of one weight of the Bayesian dense layer"
    return Plot("prior", caption, partial(draw_prior, report.prior))


def _file_name(figure: str, subject: str) -> str:
    return "-".join([figure, *subject.replace("/", " ").split()])
