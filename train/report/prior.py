"""The density of the spike and slab prior at one weight, beside the unit normal's."""

from __future__ import annotations

import numpy as np
import tensorflow_probability as tfp

from models.priors import spike_and_slab
from train.report.results import PriorDensity

tfd = tfp.distributions

REACH = 20.0
STEPS = 161


def densities() -> tuple[PriorDensity, ...]:
    """Evaluate both densities from -20 to 20."""
    weights = np.linspace(-REACH, REACH, STEPS, dtype=np.float32)
    mixture = spike_and_slab(1, 0)(None).prob(weights[:, None]).numpy()
    normal = tfd.Normal(0.0, 1.0).prob(weights).numpy()
    return tuple(PriorDensity(*map(float, row)) for row in zip(weights, mixture, normal, strict=True))
