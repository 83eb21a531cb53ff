"""Priors over all weights of one dense layer, as `tfpl.DenseVariational` takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions

MakePrior = Callable[[int, int, Any], Callable[[Any], Any]]

SPIKE_SCALE = 1.0
SLAB_SCALE = 10.0


def spike_and_slab(kernel_size: int, bias_size: int, dtype: Any = tf.float32) -> Callable[[Any], Any]:
    """Make 0.5 N(0, 1) + 0.5 N(0, 10), scales as standard deviations: one mixture over the whole weight vector.

    Args:
        kernel_size: number of kernel weights.
        bias_size: number of biases.
        dtype: of the distribution.

    Returns:
        A callable that ignores its argument and returns the prior, event shape [kernel_size + bias_size].
    """
    size = kernel_size + bias_size
    prior = tfd.Mixture(
        cat=tfd.Categorical(probs=tf.constant([0.5, 0.5], dtype)),
        components=[
            tfd.Independent(tfd.Normal(tf.zeros(size, dtype), tf.constant(scale, dtype)), 1)
            for scale in (SPIKE_SCALE, SLAB_SCALE)
        ],
    )
    return lambda _: prior


def spike_and_slab_per_weight(kernel_size: int, bias_size: int, dtype: Any = tf.float32) -> Callable[[Any], Any]:
    """Make the same mixture for each weight on its own (Blundell et al. 2015, arXiv 1505.05424).

    Arguments and result are those of `spike_and_slab`; here each weight picks spike or slab for itself.
    """
    size = kernel_size + bias_size
    prior = tfd.Independent(
        tfd.MixtureSameFamily(
            tfd.Categorical(probs=tf.constant([0.5, 0.5], dtype)),
            tfd.Normal(tf.zeros([size, 2], dtype), tf.constant([SPIKE_SCALE, SLAB_SCALE], dtype)),
        ),
        1,
    )
    return lambda _: prior
