"""Collapses a model's posterior onto one weight sample, so that the full model can be run with known weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow_probability as tfp
import tf_keras

from models.network import Samples

tfpl = tfp.layers

# softplus(-100) is 0 in float32.
NO_SCALE = -100.0


def collapse(model: tf_keras.Sequential, samples: Samples, index: int) -> None:
    """Set every posterior of `model` to zero scale at sample `index`; point weights are left as they are.

    Args:
        model: the model that the samples were drawn from, changed in place.
        samples: what `draw_samples` returned.
        index: which of the K samples, from 0.
    """
    for layer, sampled in zip(model.layers, samples.layers, strict=True):
        weights = {role: values[index] for role, values in sampled.weights.items()}
        if isinstance(layer, tfpl.DenseVariational):
            flat = np.concatenate([weights[role].ravel() for role in ("kernel", "bias") if role in weights])
            layer.set_weights([np.concatenate([flat, np.full_like(flat, NO_SCALE)])])
        elif isinstance(layer, tfpl.Convolution2DReparameterization):
            for variable in layer.trainable_weights:
                variable.assign(_collapsed(variable, weights))


def _collapsed(variable: Any, weights: dict[str, Any]) -> Any:
    role = "kernel" if "kernel_posterior" in variable.name else "bias"
    return np.full(variable.shape, NO_SCALE) if "untransformed_scale" in variable.name else weights[role]
