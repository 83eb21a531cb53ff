"""Says in three sentences what the numbers show."""

from __future__ import annotations

from statistics import fmean

from train.report.results import UNCORRUPTED, CorruptionResult, DataResult, Facts, Report
from train.report.selection import CLEAN, CORRUPTED

ANSWERED = 90
"""Per cent of images left when the most doubtful are given up."""


def find(report: Report) -> tuple[str, str, str]:
    """Write a sentence each on accuracy, on what doubt is worth, and on where both end."""
    return _accuracy(report), _doubt(report), _limits(report)


def judge(subjects: tuple[Facts, ...]) -> str:
    """Name the subject whose doubt is looked at: the first whose passes differ, or else the first."""
    return next((facts.name for facts in subjects if facts.stochastic), subjects[0].name)


def _accuracy(report: Report) -> str:
    best = max(report.subjects, key=lambda facts: report.test(facts.name, CLEAN).best.scores.accuracy)
    clean, corrupted = (report.test(best.name, data) for data in (CLEAN, CORRUPTED))
    said = (
        f"Of {len(report.subjects)} measured, {_called(best)} reads MNIST best: {_accuracy_of(clean):.1%} of "
        f"{clean.images:,} test images right, and {_accuracy_of(corrupted):.1%} of the same images under spatter"
    )
    averaged = next((facts for facts in (best, *report.subjects) if facts.stochastic), None)
    if averaged is None:
        return f"{said}."
    test = report.test(averaged.name, CLEAN)
    return (
        f"{said}; the mean of {test.best.passes} passes instead of a single one takes {_called(averaged)} from "
        f"{test.one_pass.scores.accuracy:.1%} to {_accuracy_of(test):.1%} on MNIST."
    )


def _doubt(report: Report) -> str:
    name = judge(report.subjects)
    reading = report.test(name, CLEAN).best
    risk = reading.risk[ANSWERED - 1]
    left = (
        f"leaving out the {100 - ANSWERED}% of MNIST with the most doubt takes the accuracy on the rest from "
        f"{reading.scores.accuracy:.1%} to {1 - risk:.2%}"
    )
    right, wrong = reading.right.mean_bits, reading.wrong.mean_bits
    if right is None or wrong is None:
        return f"For {name}, {left}."
    return (
        f"Where {name} is wrong, its mean entropy is {wrong:.2f} bits against {right:.2f} where it is right, so that "
        f"{left}."
    )


def _limits(report: Report) -> str:
    bundle = next((facts for facts in report.subjects if facts.kind == "bundle"), None)
    limited = bundle or next(facts for facts in report.subjects if facts.name == judge(report.subjects))
    results = [r for r in report.corruptions if r.subject == limited.name and r.corruption != UNCORRUPTED]
    worst = min(results, key=lambda result: result.scores.accuracy)
    mean = fmean(result.scores.accuracy for result in results)
    said = (
        f"Over {len(results)} corruptions {_called(limited)} keeps {mean:.1%} accuracy on average and "
        f"is worst under {worst.corruption.replace('_', ' ')} ({worst.scores.accuracy:.1%})"
    )
    if bundle is None:
        return f"{said}."
    promised = float(bundle.notes["promised risk"])
    kept = sum(_keeps(result, promised) for result in results)
    return (
        f"{said}, and its promise of at most {promised:.1%} errors among digits without a warning, made for clean "
        f"images, holds under {kept} of them."
    )


def _keeps(result: CorruptionResult, promised: float) -> bool:
    return result.promise is not None and result.promise.risk is not None and result.promise.risk <= promised


def _accuracy_of(test: DataResult) -> float:
    return test.best.scores.accuracy


def _called(facts: Facts) -> str:
    return f"the {facts.name}" if facts.kind == "bundle" else facts.name
