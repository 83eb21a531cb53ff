"""The tables of a report."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from train.evaluate.doubt import Detection
from train.report.html import Table
from train.report.results import UNCORRUPTED, Comparison, CorruptionResult, Facts, Promise, Reading, Report
from train.report.selection import CLEAN, CORRUPTED

NOTHING = "–"


def scores(report: Report, data: str) -> Table:
    """Score every reading of every subject on one test set."""
    rows = [
        [
            name,
            _passes(reading),
            _percent(reading.scores.accuracy),
            f"{reading.scores.nll:.3f}",
            f"{reading.scores.brier:.4f}",
            f"{reading.scores.ece:.4f}",
            f"{reading.aurc:.4f}",
        ]
        for name, reading in _readings(report, data)
    ]
    caption = f"{data}, {report.tests[0].images:,} images"
    return Table(caption, ("", "reading", "accuracy", "NLL", "Brier", "ECE", "AURC"), rows, words=2)


def entropies(report: Report, data: str) -> Table:
    """Give the mean entropy and the share of the images read right and wrong."""
    rows = [
        [
            name,
            _passes(reading),
            _percent(reading.right.share),
            _bits(reading.right.mean_bits),
            _percent(reading.wrong.share),
            _bits(reading.wrong.mean_bits),
        ]
        for name, reading in _readings(report, data)
    ]
    return Table(f"{data}, entropy in bits", ("", "reading", "right", "mean", "wrong", "mean"), rows, words=2)


def errors_found(report: Report) -> Table:
    """Give the AUROC of each doubt score for finding misread images."""
    rows = [
        [facts.name, data.replace("_", " "), *_detection(report.test(facts.name, data).best.finds_errors)]
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
    """Split the mean entropy of every subject's best reading."""
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
        for split in [report.test(facts.name, data).best.doubt]
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
        [corruption.replace("_", " "), *(_percent(report.corruption(n, corruption).scores.accuracy) for n in names)]
        for corruption in (UNCORRUPTED, *corruptions)
    ]
    means = [fmean(report.corruption(name, c).scores.accuracy for c in corruptions) for name in names]
    rows.append([f"mean of {len(corruptions)}", *map(_percent, means)])
    return Table(f"Accuracy, {report.corruptions[0].images:,} images each", ("corruption", *names), rows)


def corruption_doubt(report: Report, facts: Facts) -> Table:
    """Give what one subject's doubt says under every corruption."""
    results = [result for result in report.corruptions if result.subject == facts.name]
    head = ["", "NLL", "ECE", "bits", "finds errors", "tells corrupted"]
    rows = [
        [
            result.corruption.replace("_", " "),
            f"{result.scores.nll:.2f}",
            f"{result.scores.ece:.3f}",
            f"{result.doubt.total_bits:.2f}",
            _auroc(result.finds_errors.entropy),
            _auroc(result.tells_corrupted.entropy) if result.tells_corrupted else NOTHING,
        ]
        for result in results
    ]
    if facts.stochastic:
        head += ["epistemic bits", "tell corrupted"]
        for row, result in zip(rows, results, strict=True):
            told = result.tells_corrupted
            row += [f"{result.doubt.epistemic_bits:.2f}", _auroc(told.mutual_information) if told else NOTHING]
    return Table(f"{facts.name}, {_passes(results[0])}", head, rows)


def promises(report: Report, facts: Facts) -> Table:
    """Give what is left of a bundle's promise under every corruption."""
    rows = [
        [
            result.corruption.replace("_", " "),
            _percent(promise.shown),
            NOTHING if promise.risk is None else f"{promise.risk:.2%}",
            _percent(promise.coverage),
            f"{promise.set_size:.2f}",
        ]
        for result, promise in _promises(report, facts)
    ]
    caption = (
        f"{facts.name}: promised for clean images are at most {float(facts.notes['promised risk']):.1%} errors without "
        f"a warning, and {float(facts.notes['promised coverage of label sets']):.0%} of true labels in their sets"
    )
    head = ("", "without a warning", "errors among them", "true label in the set", "labels in a set")
    return Table(caption, head, rows)


def fidelity(report: Report) -> Table:
    """Set every bundle's figures on LiteRT beside those of the full model it came from."""
    rows = []
    for pair in report.fidelity:
        ours, full = (report.test(name, pair.data).best.scores for name in (pair.bundle, pair.run))
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


def source(report: Report) -> Iterator[Table]:
    """Set one pass of each run beside the source's printed figures."""
    head = ("one pass", "source", "ours", "difference", "{} seeds", "95% of further seeds", "source within")
    for subject in dict.fromkeys(row.subject for row in report.source):
        of_subject = [row for row in report.source if row.subject == subject]
        yield Table(
            subject, [text.format(of_subject[0].seeds) for text in head], [_compared(row) for row in of_subject]
        )


def _compared(row: Comparison) -> list[str]:
    digits = 4 if row.quantity.startswith("accuracy") else 3
    return [
        row.quantity.replace("_", " "),
        f"{row.source:.{digits}f}",
        f"{row.ours:.{digits}f}",
        f"{row.difference:+.{digits}f}".replace("-", "−"),
        f"{row.seeds_mean:.{digits}f} ± {row.seeds_deviation:.{digits}f}",
        f"± {row.margin:.{digits}f}",
        "yes" if row.within else "no",
    ]


def layers(facts: Facts) -> Table:
    """Give a run's model summary."""
    rows = [
        [layer.name, layer.kind, " × ".join(map(str, layer.output)), f"{layer.parameters:,}"] for layer in facts.layers
    ]
    return Table(facts.name, ("layer", "kind", "output", "parameters"), rows, words=3)


def notes(facts: Facts) -> Table:
    """Give what else is known of a subject."""
    rows = [[key, f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value]
            for key, value in facts.notes.items()]  # fmt: skip
    return Table(facts.name, (facts.kind, facts.network), rows)


def _readings(report: Report, data: str) -> Iterator[tuple[str, Reading]]:
    for facts in report.subjects:
        test = report.test(facts.name, data)
        yield facts.name, test.one_pass
        if test.mean:
            yield facts.name, test.mean


def _promises(report: Report, facts: Facts) -> Iterator[tuple[CorruptionResult, Promise]]:
    for result in report.corruptions:
        if result.subject == facts.name and result.promise:
            yield result, result.promise


def _detection(detection: Detection) -> list[str]:
    return [_auroc(value) for value in (detection.entropy, detection.mutual_information, detection.spread)]


def _auroc(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def _bits(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def _percent(value: float) -> str:
    return f"{value:.2%}"


def _passes(reading: Reading | CorruptionResult) -> str:
    return "one pass" if reading.passes == 1 else f"mean of {reading.passes}"
