"""What more passes buy: figures against K."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from train.report.figures.style import WIDTH, marked_line
from train.report.results import Report, SamplePoint

PANELS: dict[str, Callable[[SamplePoint], float]] = {
    "accuracy, %": lambda point: 100 * point.scores.accuracy,
    "NLL, nats": lambda point: point.scores.nll,
    "ECE": lambda point: point.scores.ece,
    "distance to the last mean": lambda point: point.distance,
    "epistemic entropy, bits": lambda point: point.doubt.epistemic_bits,
    "width of the 95% interval": lambda point: point.doubt.spread,
}
TICKS = (1, 5, 20, 50, 200)


def draw_samples(report: Report) -> Figure:
    """Draw six figures against K, on a log scale, for every subject whose passes differ."""
    figure, axes = plt.subplots(3, 2, figsize=(WIDTH, 5.2), sharex=True)
    order = [facts.name for facts in report.subjects]
    for place, (title, figure_of) in zip(axes.flat, PANELS.items(), strict=True):
        for curve in report.samples:
            x = [point.passes for point in curve.points]
            y = [figure_of(point) for point in curve.points]
            place.plot(x, y, label=curve.subject, **marked_line(order.index(curve.subject)))
        place.set_xscale("log")
        place.set_xticks(TICKS, [str(tick) for tick in TICKS])
        place.xaxis.set_minor_locator(NullLocator())
        place.set_title(title)
    for place in axes[-1]:
        place.set_xlabel("passes K")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure
