"""The density of the spike and slab prior at one weight, beside the unit normal's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
import tensorflow_probability as tfp
from matplotlib.figure import Figure

from models.priors import spike_and_slab
from train.report.figures.style import WIDTH, line
from train.report.results import PriorDensity

REACH: Final = 20.0
STEPS: Final = 161


def densities() -> tuple[PriorDensity, ...]:
    """Evaluate both densities from -20 to 20."""
    weights = np.linspace(-REACH, REACH, STEPS, dtype=np.float32)
    mixture = spike_and_slab(1, 0)(None).prob(weights[:, None]).numpy()
    normal = tfp.distributions.Normal(0.0, 1.0).prob(weights).numpy()
    return tuple(PriorDensity(*map(float, row)) for row in zip(weights, mixture, normal, strict=True))


def draw_prior(densities: Sequence[PriorDensity]) -> Figure:
    """Draw both densities, as they are and on a log scale, where the slab's tails are seen."""
    figure, axes = plt.subplots(1, 2, figsize=(WIDTH, 2.3))
    weights = [density.weight for density in densities]
    for place in axes:
        place.plot(weights, [d.spike_and_slab for d in densities], label="spike and slab", **line(0))
        place.plot(weights, [d.unit_normal for d in densities], label="unit normal", **line(1))
        place.set_xlabel("weight")
    axes[0].set(xlim=(-5, 5), ylim=(0, None))
    axes[0].set_title("density")
    axes[1].set_yscale("log")
    axes[1].set(ylim=(1e-6, 1))
    axes[1].set_title("density, log scale")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure
