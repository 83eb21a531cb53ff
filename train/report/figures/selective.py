"""Accuracy against rejection, and risk against coverage."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from train.evaluate.doubt import COVERAGE_PERCENT
from train.report.figures.style import WIDTH, line
from train.report.results import Report

MOST_REJECTED = 60
"""Per cent; beyond it every curve lies on the frame."""


def draw_selective(report: Report, data: str) -> Figure:
    """Draw both curves of every subject's mean, the most doubtful images being given up first."""
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(WIDTH, 4.6))
    coverage = np.array(COVERAGE_PERCENT)
    for index, facts in enumerate(report.subjects):
        measured = report.test(facts.name, data).best
        risk = 100 * np.array(measured.risk)
        upper.plot(100 - coverage, 100 - risk, label=facts.name, **line(index))
        lower.plot(coverage, risk, label=f"{facts.name}, AURC {measured.aurc:.4f}", **line(index))
    upper.set(xlim=(0, MOST_REJECTED), xlabel="images given up, %", ylabel="accuracy on the rest, %")
    lower.set(xlim=(100 - MOST_REJECTED, 100), xlabel="images answered, %", ylabel="errors among them, %")
    lower.set_ylim(0, None)
    upper.set_title(f"{data.replace('_', ' ')}, most doubtful images given up first")
    upper.legend(loc="lower right")
    lower.legend(loc="upper left")
    return figure
