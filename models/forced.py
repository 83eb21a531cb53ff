"""Forces a model to weights of choice for a while, so that what was made of it can be held against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import MethodType
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

from models.network import Layer, Samples
from models.read_whole import drawing_layers, dropping_layers

tfd = tfp.distributions
tfpl = tfp.layers

Array = NDArray[np.float32]
Draws = Layer[Array]
Choose = Callable[[int], None]
"""Make the model draw the sample of this index."""

PLAIN = {
    tfpl.Convolution1DFlipout: tfpl.Convolution1DReparameterization,
    tfpl.Convolution2DFlipout: tfpl.Convolution2DReparameterization,
    tfpl.Convolution3DFlipout: tfpl.Convolution3DReparameterization,
    tfpl.DenseFlipout: tfpl.DenseReparameterization,
    tfpl.DenseLocalReparameterization: tfpl.DenseReparameterization,
}
"""Layers that draw besides their weights, and those that compute the same of a point without."""

JOINT = "joint"  # a DenseVariational's kernel and bias, which have one posterior between them


@contextmanager
def keras_weights(model: tf_keras.Sequential, weights: Sequence[NDArray[Any]] | None) -> Iterator[None]:
    """Set a model's weights, arrays in Keras' order, and give it back its own afterwards; None leaves them."""
    own = model.get_weights()
    try:
        if weights is not None:
            model.set_weights(weights)
        yield
    finally:
        model.set_weights(own)


@contextmanager
def forced(model: tf_keras.Model, samples: Samples, *, plain: bool = False) -> Iterator[Choose]:
    """Make every posterior and every active dropout of a model a point, at a sample of choice, and undo it afterwards.

    The model's own layers still do all of the work, Flipout's and local reparameterisation's included; only what they
    draw from is replaced. Weights that are points stay as they are. Functions that are traced inside keep the points.

    Args:
        model: the model that the samples were drawn from.
        samples: what `draw_samples` returned.
        plain: whether nothing is drawn, as graphs need: posteriors give the point itself, and layers that add noise to
            the product, Flipout's and local reparameterisation's, multiply by the point alone. Else they draw, times 0.
            Nor does anything loop: recurrent layers are unrolled.
    """
    with ExitStack() as stack:
        points = []
        for layer, sampled in _pairs(model, samples):
            points.append((sampled, _to_points(layer, sampled, stack, _without_noise if plain else _at)))
            if plain:
                _multiply_plainly(layer, stack)
        if plain:
            _unroll(model, stack)

        def choose(index: int) -> None:
            for sampled, variables in points:
                for role, variable in variables.items():
                    variable.assign(_joint(sampled, index) if role == JOINT else sampled.weights[role][index])

        yield choose


def _pairs(model: tf_keras.Model, samples: Samples) -> Iterator[tuple[Any, Draws]]:
    """Give a model's layers with their samples, in order: another model's layers have other names."""
    if samples.whole:
        drawn = samples.layers[:-1]  # without masks where dropout is not active
        return zip([*drawing_layers(model), *dropping_layers(model)][: len(drawn)], drawn, strict=True)
    return zip(model.layers, samples.layers, strict=True)


@contextmanager
def active_dropout(model: tf_keras.Sequential, names: Sequence[str]) -> Iterator[None]:
    """Let the dropout layers of these names drop at inference too."""
    with ExitStack() as stack:
        for layer in dropping_layers(model):
            if layer.name in names:
                _replace(layer, stack, call=_dropping(layer))
        yield


def _dropping(layer: Any) -> Callable[..., tf.Tensor]:
    drop = layer.call

    def call(inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:  # noqa: ARG001, FBT001 - Keras calls it so
        return drop(inputs, training=True)

    return call


def _replace(layer: Any, stack: ExitStack, **attributes: Any) -> None:
    """Set attributes until the stack is unwound; past Keras, which would track what is set."""
    before = {name: vars(layer)[name] for name in attributes if name in vars(layer)}

    def restore() -> None:
        for name in attributes:
            del vars(layer)[name]
        vars(layer).update(before)

    stack.callback(restore)
    vars(layer).update(attributes)


def _to_points(
    layer: Any, drawn: Draws, stack: ExitStack, distribution: Callable[[tf.Variable], Any]
) -> dict[str, tf.Variable]:
    """Make a layer draw from points, each the distribution of a variable, and return the variables by role."""
    if isinstance(layer, tfpl.DenseVariational):
        point = tf.Variable(_joint(drawn, 0))
        _replace(
            layer,
            stack,
            _posterior=tfpl.DistributionLambda(lambda _: distribution(point)),
            _kl_divergence_fn=lambda *_: tf.zeros([]),  # a point's divergence is infinite
        )
        return {JOINT: point}
    if isinstance(layer, tf_keras.layers.Dropout) and drawn.weights:
        mask = tf.Variable(drawn.weights["scale"][0])
        _replace(layer, stack, call=lambda inputs, training=None: inputs * mask)  # noqa: ARG005 - Keras calls it so
        return {"scale": mask}
    points = {}
    for role, values in drawn.weights.items():
        if getattr(layer, f"{role}_posterior", None) is not None:
            points[role] = tf.Variable(values[0])
            _replace(layer, stack, **{f"{role}_posterior": distribution(points[role]), f"{role}_divergence_fn": None})
    return points


def _multiply_plainly(layer: Any, stack: ExitStack) -> None:
    for kind, plain in PLAIN.items():
        if isinstance(layer, kind):
            _replace(layer, stack, _apply_variational_kernel=MethodType(plain._apply_variational_kernel, layer))  # noqa: SLF001 - TFP offers no public way


def _unroll(model: tf_keras.Model, stack: ExitStack) -> None:
    for layer in model.submodules:
        if isinstance(layer, tf_keras.layers.RNN):  # LSTM and GRU decide for their own loop when they are made
            _replace(layer, stack, unroll=True, _could_use_gpu_kernel=False)


def _at(point: tf.Variable) -> Any:
    # A Normal without width rather than a Deterministic: Flipout asks its posterior for a scale.
    return tfd.Independent(tfd.Normal(point, tf.zeros_like(point)), point.shape.rank)


def _without_noise(point: tf.Variable) -> Any:
    # A graph would draw a Normal's noise, times 0, for every weight, and could not pack weights once and for all.
    return tfd.Independent(tfd.Deterministic(point), point.shape.rank)


def _joint(layer: Draws, index: int) -> Array:
    return np.concatenate([layer.weights[role][index].ravel() for role in ("kernel", "bias") if role in layer.weights])
