"""A chosen image, and what every subject makes of it: a bar a class over its 95% interval."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from train.report.figures.style import INK, RIGHT, WIDTH, WRONG, WRONG_HATCH
from train.report.results import Bars, ChosenImage

THINNEST = 0.02
"""Height of a bar whose ends coincide."""


def draw_intervals(chosen: ChosenImage, image: NDArray[np.float32]) -> Figure:
    """Draw an image, float32 [28, 28, 1], beside the bars of every subject.

    The true class is green, plain, and has a triangle above; the others are red and hatched.
    """
    rows = len(chosen.bars)
    figure = plt.figure(figsize=(WIDTH, max(1.6, 0.35 + 0.92 * rows)))
    grid = figure.add_gridspec(rows, 2, width_ratios=[1, 2.5])
    picture = figure.add_subplot(grid[:, 0])
    picture.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    picture.set(xticks=[], yticks=[], anchor="N")
    picture.grid(visible=False)
    picture.spines[:].set_visible(True)
    picture.set_title(f"{chosen.data.replace('_', ' ')}\nimage {chosen.index}: a {chosen.label}", fontsize=7.5)
    axes = [figure.add_subplot(grid[row, 1]) for row in range(rows)]
    for place, bars in zip(axes, chosen.bars, strict=True):
        _draw_bars(place, bars, chosen.label)
        place.tick_params(labelbottom=place is axes[-1])
    axes[-1].set_xlabel("class")
    return figure


def _draw_bars(place: Axes, bars: Bars, label: int) -> None:
    low, high, mean = (np.array(values) for values in (bars.low, bars.high, bars.mean))
    middle, height = (low + high) / 2, np.maximum(high - low, THINNEST)
    bottom = np.clip(middle - height / 2, 0, 1 - height)
    for cls in range(len(mean)):
        true = cls == label
        place.bar(
            cls,
            height[cls],
            0.72,
            bottom[cls],
            color=RIGHT if true else "white",
            edgecolor=RIGHT if true else WRONG,
            hatch="" if true else WRONG_HATCH,
            linewidth=0.8,
        )
    if bars.passes > 1:
        place.plot(np.arange(len(mean)), mean, "_", color=INK, markersize=9, markeredgewidth=1.2)
    place.plot(label, 1.13, "v", color=RIGHT, markersize=4)
    place.set(ylim=(0, 1.25), yticks=[0, 0.5, 1], xticks=range(len(mean)), xlim=(-0.6, len(mean) - 0.4))
    place.grid(axis="x", visible=False)
    place.set_title(f"{bars.subject}: {bars.label}, {bars.total_bits:.2f} bits", fontsize=7.5, color=INK)
    place.tick_params(axis="x", length=0)
