"""Reliability diagrams: how often a confidence is right."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from train.report.figures.style import FAINT, WIDTH, marked_line
from train.report.results import Report

FEWEST = 10
"""Images below which a bin says too little to be drawn."""


def draw_reliability(report: Report, data: str) -> Figure:
    """Draw accuracy less confidence by confidence for every subject's mean."""
    figure, place = plt.subplots(figsize=(WIDTH, 2.9))
    place.axhline(0, color=FAINT, linewidth=1)
    for index, facts in enumerate(report.subjects):
        gaps = [
            (b.confidence, b.accuracy - b.confidence)
            for b in report.test(facts.name, data).best.reliability
            if b.confidence is not None and b.accuracy is not None and b.count >= FEWEST
        ]
        place.plot(*zip(*gaps, strict=True), label=facts.name, **marked_line(index))
    place.set(xlim=(0.1, 1.02), xlabel="confidence", ylabel="accuracy less confidence")
    place.set_title(f"{data.replace('_', ' ')}: above the line too modest, below it too sure")
    place.legend(loc="best")
    return figure
