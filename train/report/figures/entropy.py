"""Histograms of total entropy where a subject is right and where it is wrong."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from train.report.figures.style import RIGHT, WIDTH, WRONG, WRONG_HATCH
from train.report.results import HISTOGRAM_BINS, DataResult, Group, Measurement
from train.report.tables import passes_of


def draw_entropy(tests: list[DataResult]) -> Figure:
    """Draw one subject's histograms: a row a test set, one pass beside the mean, counts on a log scale."""
    measured = [[found for found in (test.one_pass, test.mean) if found] for test in tests]
    figure, axes = plt.subplots(
        len(tests), len(measured[0]), figsize=(WIDTH, 1.75 * len(tests)), sharex=True, sharey=True, squeeze=False
    )
    for row, test, of_test in zip(axes, tests, measured, strict=True):
        for place, found in zip(row, of_test, strict=True):
            _draw(place, found)
            place.set_title(f"{test.data.replace('_', ' ')}, {passes_of(found)}", fontsize=8)
        row[0].set_ylabel("images")
    for place in axes[-1]:
        place.set_xlabel("entropy in bits")
    return figure


def _draw(place: Axes, measured: Measurement) -> None:
    edges = np.linspace(0, math.log2(len(measured.confusion)), HISTOGRAM_BINS + 1)
    styles = {"right": (measured.right, RIGHT, 0.45, ""), "wrong": (measured.wrong, WRONG, 0.0, WRONG_HATCH)}
    for name, (group, colour, fill, hatch) in styles.items():
        face = (*to_rgb(colour), fill)
        place.stairs(group.histogram, edges, fill=True, facecolor=face, edgecolor=colour, hatch=hatch, linewidth=1)
        if group.mean_bits is not None:
            place.axvline(group.mean_bits, color=colour, linestyle="-" if name == "right" else "--", linewidth=1.2)
    place.set_yscale("log")
    place.set_ylim(0.7, None)
    place.text(
        0.98, 0.97, f"{_said('right', measured.right)}\n{_said('wrong', measured.wrong)}",
        transform=place.transAxes, ha="right", va="top", fontsize=7, linespacing=1.4,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )  # fmt: skip


def _said(name: str, group: Group) -> str:
    mean = "" if group.mean_bits is None else f", mean {group.mean_bits:.3f}"
    return f"{name} {group.share:.1%}{mean}"
