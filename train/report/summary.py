"""Sums up in three sentences what the numbers show."""

from __future__ import annotations

from statistics import fmean

from train.report.facts import BundleFacts, Facts, judge
from train.report.results import UNCORRUPTED, DataResult, Report
from train.report.selection import CLEAN, CORRUPTED
from train.report.tables import images_of

ANSWERED = 90
"""Per cent of images left when the most doubtful are given up."""


def summarise(report: Report) -> tuple[str, str, str]:
    """Write a sentence each on accuracy, on what doubt is worth, and on where both end."""
    return _accuracy(report), _doubt(report), _limits(report)


def _accuracy(report: Report) -> str:
    best = max(report.subjects, key=lambda facts: report.test(facts.name, CLEAN).best.evaluation.scores.accuracy)
    clean, corrupted = (report.test(best.name, data) for data in (CLEAN, CORRUPTED))
    said = (
        f"Of {len(report.subjects)} measured, {_called(best)} reads MNIST best: {_accuracy_of(clean):.1%} of "
        f"{images_of(clean):,} test images right, and {_accuracy_of(corrupted):.1%} of the same images under spatter"
    )
    averaged = next((facts for facts in (best, *report.subjects) if facts.stochastic), None)
    if averaged is None:
        return f"{said}."
    test = report.test(averaged.name, CLEAN)
    return (
        f"{said}; the mean of {test.best.passes} passes instead of a single one takes {_called(averaged)} from "
        f"{test.one_pass.evaluation.scores.accuracy:.1%} to {_accuracy_of(test):.1%} on MNIST."
    )


def _doubt(report: Report) -> str:
    name = judge(report.subjects).name
    measured = report.test(name, CLEAN).best
    risk = measured.risk[ANSWERED - 1]
    left = (
        f"leaving out the {100 - ANSWERED}% of MNIST with the most doubt takes the accuracy on the rest from "
        f"{measured.evaluation.scores.accuracy:.1%} to {1 - risk:.2%}"
    )
    right, wrong = measured.right.mean_bits, measured.wrong.mean_bits
    if right is None or wrong is None:
        return f"For {name}, {left}."
    return (
        f"Where {name} is wrong, its mean entropy is {wrong:.2f} bits against {right:.2f} where it is right, so that "
        f"{left}."
    )


def _limits(report: Report) -> str:
    bundle = next((facts for facts in report.subjects if isinstance(facts, BundleFacts)), None)
    limited = bundle or judge(report.subjects)
    results = [r for r in report.corruptions if r.subject == limited.name and r.corruption != UNCORRUPTED]
    worst = min(results, key=lambda result: result.evaluation.scores.accuracy)
    mean = fmean(result.evaluation.scores.accuracy for result in results)
    said = (
        f"Over {len(results)} corruptions {_called(limited)} keeps {mean:.1%} accuracy on average and "
        f"is worst under {worst.corruption.replace('_', ' ')} ({worst.evaluation.scores.accuracy:.1%})"
    )
    if bundle is None:
        return f"{said}."
    risks = [result.evaluation.counts.unwarned_risk for result in results]
    held = sum(risk is not None and risk <= bundle.promised_risk for risk in risks)
    return (
        f"{said}, and its promise of at most {bundle.promised_risk:.1%} errors among digits without a warning, made "
        f"for clean images, holds under {held} of them."
    )


def _accuracy_of(test: DataResult) -> float:
    return test.best.evaluation.scores.accuracy


def _called(facts: Facts) -> str:
    return f"the {facts.name}" if isinstance(facts, BundleFacts) else facts.name
