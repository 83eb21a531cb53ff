"""Small multiples: each corruption, how it looks, and who still reads it."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from train.report.figures.style import INK, WIDTH, colour
from train.report.results import Report

COLUMNS = 2
HATCHES = ("", "////", "....", "xxxx", "----", "")


def draw_corruptions(report: Report, examples: Mapping[str, NDArray[np.float32]]) -> Figure:
    """Draw a panel for each corruption: an example, float32 [28, 28, 1], and a bar of accuracy for each subject."""
    rows = -(-len(examples) // COLUMNS)
    figure = plt.figure(figsize=(WIDTH, 0.35 + 0.8 * rows))
    grid = figure.add_gridspec(rows, 2 * COLUMNS, width_ratios=[1, 2.4] * COLUMNS)
    for index, (name, image) in enumerate(examples.items()):
        row, column = index // COLUMNS, 2 * (index % COLUMNS)
        picture = figure.add_subplot(grid[row, column])
        picture.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        picture.set(xticks=[], yticks=[])
        picture.grid(visible=False)
        picture.spines[:].set_visible(True)
        place = figure.add_subplot(grid[row, column + 1])
        for bar, facts in enumerate(report.subjects):
            accuracy = 100 * report.corruption(facts.name, name).evaluation.scores.accuracy
            place.barh(bar, accuracy, 0.8, color=colour(bar), hatch=HATCHES[bar % len(HATCHES)], edgecolor="white")
            place.text(accuracy + 2, bar, f"{accuracy:.0f}", va="center", fontsize=6.5, color=INK)
        place.set(xlim=(0, 116), yticks=[], xticks=[0, 50, 100])
        place.invert_yaxis()
        place.tick_params(labelbottom=row == rows - 1 or index >= len(examples) - COLUMNS)
        place.set_title(name.replace("_", " "), fontsize=8, pad=2)
    handles = [
        Patch(facecolor=colour(i), hatch=HATCHES[i % len(HATCHES)], edgecolor="white", label=facts.name)
        for i, facts in enumerate(report.subjects)
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
    return figure
