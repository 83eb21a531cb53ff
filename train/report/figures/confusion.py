"""Confusion matrices: what is taken for what."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from train.report.figures.style import INK, WIDTH
from train.report.results import DataResult


def draw_confusion(tests: list[DataResult]) -> Figure:
    """Draw one subject's mean on every test set, one below the other."""
    figure, axes = plt.subplots(len(tests), 1, figsize=(WIDTH, 3.75 * len(tests)), squeeze=False)
    for place, test in zip(axes[:, 0], tests, strict=True):
        _draw(place, np.array(test.best.confusion))
        place.set_title(f"{test.subject}, {test.data.replace('_', ' ')}")
        place.set(xlabel="read as", ylabel="true label")
    return figure


def _draw(place: Axes, counts: np.ndarray) -> None:
    errors = counts * (1 - np.eye(len(counts), dtype=int))
    place.imshow(errors, cmap="Oranges", vmin=0, vmax=max(1.6 * errors.max(), 1))
    classes = range(len(counts))
    for true in classes:
        for read in classes:
            count = counts[true, read]
            if count:
                weight = "bold" if true == read else "normal"
                place.text(read, true, f"{count}", ha="center", va="center", fontsize=6.5, color=INK, weight=weight)
    place.set(xticks=classes, yticks=classes)
    place.tick_params(length=0)
    place.grid(visible=False)
    place.spines[:].set_visible(False)
