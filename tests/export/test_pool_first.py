"""A reordered network computes what it computed before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from export.graphs.layers import class_probabilities
from export.graphs.pool_first import pool_before_activation
from export.graphs.stacked import FrozenWeights
from models.network import Activate, Conv2D, Pool2D
from models.posterior import draw_samples
from models.read_model import read_posterior


def test_activations_wait_until_after_a_maximum_pooling(make_network: Callable, make_images: Callable) -> None:
    model = make_network("plain")
    samples = draw_samples(read_posterior(model), 2, seed=0)
    reordered = pool_before_activation(samples)
    kinds = [type(layer.operation) for layer in reordered.layers[:3]]
    assert kinds == [Conv2D, Pool2D, Activate]
    image = tf.constant(make_images(model, 2))
    before, after = (
        class_probabilities(network, FrozenWeights(network), image).numpy() for network in (samples, reordered)
    )
    np.testing.assert_array_equal(before, after)


def test_an_average_pooling_stays_where_it_is(make_network: Callable) -> None:
    posterior = read_posterior(make_network("flipout"))
    names = [layer.name for layer in pool_before_activation(posterior).layers]
    assert names.index("relu") < names.index("pool2")
