"""Histograms of total entropy where a subject is right and where it is wrong."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from train.report.figures.style import RIGHT, WIDTH, WRONG, WRONG_HATCH
from train.report.results import HISTOGRAM_BINS, DataResult, Group, Reading


def draw_entropy(tests: list[DataResult]) -> Figure:
    """Draw one subject's histograms: a row for each test set, a column for each reading, counts on a log scale."""
    readings = [[reading for reading in (test.one_pass, test.mean) if reading] for test in tests]
    figure, axes = plt.subplots(
        len(tests), len(readings[0]), figsize=(WIDTH, 1.75 * len(tests)), sharex=True, sharey=True, squeeze=False
    )
    for row, test, of_test in zip(axes, tests, readings, strict=True):
        for place, reading in zip(row, of_test, strict=True):
            _draw(place, reading)
            said = "one pass" if reading.passes == 1 else f"mean of {reading.passes}"
            place.set_title(f"{test.data.replace('_', ' ')}, {said}", fontsize=8)
        row[0].set_ylabel("images")
    for place in axes[-1]:
        place.set_xlabel("entropy in bits")
    return figure


def _draw(place: Axes, reading: Reading) -> None:
    edges = np.linspace(0, math.log2(len(reading.confusion)), HISTOGRAM_BINS + 1)
    styles = {"right": (reading.right, RIGHT, 0.45, ""), "wrong": (reading.wrong, WRONG, 0.0, WRONG_HATCH)}
    for name, (group, colour, fill, hatch) in styles.items():
        face = (*to_rgb(colour), fill)
        place.stairs(group.histogram, edges, fill=True, facecolor=face, edgecolor=colour, hatch=hatch, linewidth=1)
        if group.mean_bits is not None:
            place.axvline(group.mean_bits, color=colour, linestyle="-" if name == "right" else "--", linewidth=1.2)
    place.set_yscale("log")
    place.set_ylim(0.7, None)
    place.text(
        0.98, 0.97, f"{_said('right', reading.right)}\n{_said('wrong', reading.wrong)}",
        transform=place.transAxes, ha="right", va="top", fontsize=7, linespacing=1.4,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )  # fmt: skip


def _said(name: str, group: Group) -> str:
    mean = "" if group.mean_bits is None else f", mean {group.mean_bits:.3f}"
    return f"{name} {group.share:.1%}{mean}"
