"""Priors over weights: of a whole dense layer as `tfpl.DenseVariational` takes them, or of one kernel or bias."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions

MakePrior = Callable[[int, int, Any], Callable[[Any], Any]]
"""(kernel size, bias size, dtype) -> a callable that gives the prior of both as one vector."""
MakeWeightPrior = Callable[[Any, tuple[int, ...], str, bool, Any], Any]
"""(dtype, shape, name, trainable, add_variable) -> the prior of one kernel or bias, as TFP's other layers take it."""

standard_normal: MakeWeightPrior = tfp.layers.default_multivariate_normal_fn

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
    prior = _mixture_per_weight((kernel_size + bias_size,), dtype)
    return lambda _: prior


def spike_and_slab_of_weights(dtype: Any, shape: tuple[int, ...], *_: Any) -> Any:
    """Make the mixture for each weight of one kernel or bias: a `MakeWeightPrior`, event shape `shape`."""
    return _mixture_per_weight(shape, dtype)


def _mixture_per_weight(shape: tuple[int, ...], dtype: Any) -> Any:
    return tfd.Independent(
        tfd.MixtureSameFamily(
            tfd.Categorical(probs=tf.constant([0.5, 0.5], dtype)),
            tfd.Normal(tf.zeros([*shape, 2], dtype), tf.constant([SPIKE_SCALE, SLAB_SCALE], dtype)),
        ),
        len(shape),
    )
