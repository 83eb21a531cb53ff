"""The spike and slab priors, held against their densities written out."""

import numpy as np
import pytest
from scipy.stats import norm

from models.priors import spike_and_slab, spike_and_slab_per_weight

WEIGHTS = np.array([0.0, -0.5, 2.0, 15.0], np.float32)
SPIKE, SLAB = norm(0, 1).logpdf(WEIGHTS), norm(0, 10).logpdf(WEIGHTS)


def test_one_mixture_over_the_whole_vector() -> None:
    prior = spike_and_slab(3, 1)(None)
    expected = np.logaddexp(np.log(0.5) + SPIKE.sum(), np.log(0.5) + SLAB.sum())
    assert prior.event_shape == (4,)
    assert float(prior.log_prob(WEIGHTS)) == pytest.approx(expected, rel=1e-5)


def test_one_mixture_a_weight() -> None:
    prior = spike_and_slab_per_weight(3, 1)(None)
    expected = np.logaddexp(np.log(0.5) + SPIKE, np.log(0.5) + SLAB).sum()
    assert prior.event_shape == (4,)
    assert float(prior.log_prob(WEIGHTS)) == pytest.approx(expected, rel=1e-5)
