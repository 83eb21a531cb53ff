"""The tables of what a report found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from train.augment import RESEMBLED
from train.evaluate.doubt import Detection
from train.report.comparison import Comparison, Statistic
from train.report.facts import BundleFacts, Facts
from train.report.results import (
    UNCORRUPTED,
    CorruptionResult,
    DataResult,
    Measurement,
    Report,
)
from train.report.selection import CLEAN, CORRUPTED

NOTHING: Final = "–"
SEEN: Final = "*"
"""Marks a corruption that augmented training images resemble."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its caption, its head, and rows of as many cells; all but the first `words` columns hold numbers."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


def scores(report: Report, data: str) -> Table:
    """Score one pass and the mean of every subject on one test set."""
    rows = [
        [
            name,
            passes_of(measured),
            _percent(measured.evaluation.scores.accuracy),
            f"{measured.evaluation.scores.nll:.3f}",
            f"{measured.evaluation.scores.brier:.4f}",
            f"{measured.evaluation.scores.ece:.4f}",
            f"{measured.aurc:.4f}",
        ]
        for name, measured in _measurements(report, data)
    ]
    caption = f"{data}, {images_of(report.tests[0]):,} images"
    return Table(caption, ("", "passes", "accuracy", "NLL", "Brier", "ECE", "AURC"), rows, words=2)


def entropies(report: Report, data: str) -> Table:
    """Give the mean entropy and the share of the images read right and wrong."""
    rows = [
        [
            name,
            passes_of(measured),
            _percent(measured.right.share),
            _or_nothing(measured.right.mean_bits),
            _percent(measured.wrong.share),
            _or_nothing(measured.wrong.mean_bits),
        ]
        for name, measured in _measurements(report, data)
    ]
    return Table(f"{data}, entropy in bits", ("", "passes", "right", "mean", "wrong", "mean"), rows, words=2)


def errors_found(report: Report) -> Table:
    """Give the AUROC of each doubt score for finding misread images."""
    rows = [
        [facts.name, data.replace("_", " "), *_detection(report.test(facts.name, data).best.evaluation.finds_errors)]
        for facts in report.subjects
        for data in (CLEAN, CORRUPTED)
    ]
    caption = "AUROC for finding misread images; 0.5 is chance, 1 is perfect"
    return Table(caption, ("", "data", "entropy", "mutual information", "spread"), rows, words=2)


def shift_told(report: Report) -> Table:
    """Give the AUROC of each doubt score for telling spattered from clean images."""
    rows = [[name, *_detection(detection)] for name, detection in report.shift.items()]
    caption = "AUROC for telling spattered from clean images"
    return Table(caption, ("", "entropy", "mutual information", "spread"), rows)


def doubt(report: Report) -> Table:
    """Split the mean entropy of every subject's mean."""
    rows = [
        [
            facts.name,
            data.replace("_", " "),
            f"{split.total_bits:.3f}",
            f"{split.aleatoric_bits:.3f}",
            f"{split.epistemic_bits:.3f}" if facts.stochastic else NOTHING,
            f"{split.spread:.3f}" if facts.stochastic else NOTHING,
        ]
        for facts in report.subjects
        for data in (CLEAN, CORRUPTED)
        for split in [report.test(facts.name, data).best.evaluation.doubt]
    ]
    head = ("", "data", "total, bits", "aleatoric", "epistemic", "spread")
    return Table("Means over all images", head, rows, words=2)


def samples(report: Report) -> Iterator[Table]:
    """Give the figures against K of every subject whose passes differ."""
    for curve in report.samples:
        rows = [
            [
                str(point.passes),
                _percent(point.scores.accuracy),
                f"{point.scores.nll:.4f}",
                f"{point.scores.ece:.4f}",
                f"{point.distance:.4f}",
                f"{point.doubt.epistemic_bits:.4f}",
                f"{point.doubt.spread:.3f}",
            ]
            for point in curve.points
        ]
        head = ("K", "accuracy", "NLL", "ECE", "distance", "epistemic, bits", "spread")
        yield Table(f"{curve.subject}, {curve.images:,} images of MNIST", head, rows, words=0)


def corruption_accuracy(report: Report) -> Table:
    """Give the accuracy of every subject under every corruption, and the mean of them."""
    names = [facts.name for facts in report.subjects]
    corruptions = report.corruption_names
    rows = [
        [_named(corruption), *(_percent(_accuracy(report, name, corruption)) for name in names)]
        for corruption in (UNCORRUPTED, *corruptions)
    ]
    means = [fmean(_accuracy(report, name, corruption) for corruption in corruptions) for name in names]
    rows.append([f"mean of {len(corruptions)}", *map(_percent, means)])
    images = report.corruptions[0].evaluation.counts.images
    return Table(f"Accuracy, {images:,} images each", ("corruption", *names), rows)


def corruption_doubt(report: Report, facts: Facts) -> Table:
    """Give what one subject's doubt says under every corruption."""
    results = [result for result in report.corruptions if result.subject == facts.name]
    head = ["", "NLL", "ECE", "bits", "finds errors", "tells corrupted"]
    rows = [
        [
            _named(result.corruption),
            f"{result.evaluation.scores.nll:.2f}",
            f"{result.evaluation.scores.ece:.3f}",
            f"{result.evaluation.doubt.total_bits:.2f}",
            _or_nothing(result.evaluation.finds_errors.entropy),
            _or_nothing(result.tells_corrupted.entropy if result.tells_corrupted else None),
        ]
        for result in results
    ]
    if facts.stochastic:
        head += ["epistemic bits", "tell corrupted"]
        for row, result in zip(rows, results, strict=True):
            told = result.tells_corrupted
            row += [
                f"{result.evaluation.doubt.epistemic_bits:.2f}",
                _or_nothing(told.mutual_information if told else None),
            ]
    return Table(f"{facts.name}, {passes_of(results[0])}", head, rows)


def promises(report: Report, facts: BundleFacts) -> Table:
    """Give what is left of a bundle's promise under every corruption."""
    rows = [
        [
            _named(result.corruption),
            _percent(1 - counts.warned_share),
            NOTHING if counts.unwarned_risk is None else f"{counts.unwarned_risk:.2%}",
            _percent(counts.coverage),
            f"{counts.set_size:.2f}",
        ]
        for result in report.corruptions
        for counts in [result.evaluation.counts]
        if result.subject == facts.name
    ]
    caption = (
        f"{facts.name}: promised for clean images are at most {facts.promised_risk:.1%} errors without a warning, and "
        f"{facts.promised_coverage:.0%} of true labels in their sets"
    )
    head = ("", "without a warning", "errors among them", "true label in the set", "labels in a set")
    return Table(caption, head, rows)


def fidelity(report: Report) -> Table:
    """Set every bundle's figures on LiteRT beside those of the full model it came from."""
    rows = []
    for pair in report.fidelity:
        ours, full = (report.test(name, pair.data).best.evaluation.scores for name in (pair.bundle, pair.run))
        rows.append(
            [
                f"{pair.bundle} / {pair.run}",
                pair.data.replace("_", " "),
                f"{_percent(ours.accuracy)} / {_percent(full.accuracy)}",
                f"{ours.nll:.3f} / {full.nll:.3f}",
                f"{ours.ece:.4f} / {full.ece:.4f}",
                f"{pair.distance:.4f}",
                _percent(pair.agreement),
            ]
        )
    head = ("bundle / full model", "data", "accuracy", "NLL", "ECE", "distance", "same label")
    return Table("LiteRT beside TensorFlow", head, rows, words=2)


def published(report: Report) -> Iterator[Table]:
    """Set one pass of each run beside the source's printed figures."""
    for subject in dict.fromkeys(row.subject for row in report.published):
        rows = [row for row in report.published if row.subject == subject]
        seeds = f"{rows[0].seeds} seeds"
        head = ("one pass", "source", "ours", "difference", seeds, "95% of further seeds", "source within")
        yield Table(subject, head, [_compared(row) for row in rows])


def _compared(row: Comparison) -> list[str]:
    digits = 4 if row.quantity.statistic is Statistic.ACCURACY else 3
    return [
        str(row.quantity),
        f"{row.source:.{digits}f}",
        f"{row.ours:.{digits}f}",
        f"{row.difference:+.{digits}f}".replace("-", "−"),
        f"{row.seeds_mean:.{digits}f} ± {row.seeds_deviation:.{digits}f}",
        f"± {row.margin:.{digits}f}",
        "yes" if row.within else "no",
    ]


def passes_of(measured: Measurement | CorruptionResult) -> str:
    """Say how many passes are averaged."""
    return "one pass" if measured.passes == 1 else f"mean of {measured.passes}"


def images_of(test: DataResult) -> int:
    """Give the number of images of a test."""
    return test.one_pass.evaluation.counts.images


def _measurements(report: Report, data: str) -> Iterator[tuple[str, Measurement]]:
    for facts in report.subjects:
        test = report.test(facts.name, data)
        yield facts.name, test.one_pass
        if test.mean:
            yield facts.name, test.mean


def _accuracy(report: Report, subject: str, corruption: str) -> float:
    return report.corruption(subject, corruption).evaluation.scores.accuracy


def _named(corruption: str) -> str:
    return corruption.replace("_", " ") + SEEN * (corruption in RESEMBLED)


def _detection(detection: Detection) -> list[str]:
    return [_or_nothing(value) for value in (detection.entropy, detection.mutual_information, detection.spread)]


def _or_nothing(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def _percent(value: float) -> str:
    return f"{value:.2%}"
