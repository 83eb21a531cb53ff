"""A strip of images of each data set."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from dataset import Split
from train.report.figures.style import WIDTH

COLUMNS = 10


def draw_strips(splits: Mapping[str, Split]) -> Figure:
    """Draw the first image of each class, a row for each data set of the same images."""
    figure, rows = plt.subplots(len(splits), COLUMNS, figsize=(WIDTH, 0.62 * len(splits)), squeeze=False)
    for axes, (name, split) in zip(rows, splits.items(), strict=True):
        for label, place in enumerate(axes):
            index = int(np.flatnonzero(split.y == label)[0])
            place.imshow(split.x[index, ..., 0], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            place.set(xticks=[], yticks=[])
            place.grid(visible=False)
            place.spines[:].set_visible(False)
        axes[0].set_title(name.replace("_", " "), fontsize=7.5)
    return figure
