"""Reads TFP's variational layers: what they compute, and their weights' posteriors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from numpy.typing import NDArray

from models.errors import ModelError
from models.network import Activate, Activation, Dense, Drawn, Layer, Normal, Operation, Point, Weight
from models.read_keras import Reader, activation_of, convolution_of

tfd = tfp.distributions
tfpl = tfp.layers


def _read_conv(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, convolution_of(layer), _posteriors(layer))


def _read_dense(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, Dense(activation_of(layer)), _posteriors(layer))


def _read_dense_per_row(layer: Any) -> Layer[Weight]:
    _require_rows(layer)
    return _read_dense(layer)


def _require_rows(layer: Any) -> None:
    # Of a layer that a subclass calls, Keras knows no shape; what it draws, the proof then holds against its own draws.
    if len(getattr(layer, "input_shape", ())) > 2:
        raise ModelError(
            f"layer {layer.name!r}: found {type(layer).__name__} on maps, which draws anew at every position, so that "
            "no set of weights gives what it gives; use DenseReparameterization"
        )


def draws_weights(layer: Any) -> bool:
    """Tell whether a layer draws its weights from a posterior that can be read."""
    return isinstance(layer, tfpl.DenseVariational) or hasattr(layer, "kernel_posterior")


def read_weights(layer: Any) -> Mapping[str, Weight]:
    """Read a layer's weights by role, whatever it computes with them.

    Raises:
        ModelError: no set of weights gives what the layer gives.
    """
    if isinstance(layer, tfpl.DenseVariational):
        return _joint_weights(layer)
    if isinstance(layer, tfpl.DenseFlipout | tfpl.DenseLocalReparameterization):
        _require_rows(layer)
    return _posteriors(layer)


def _posteriors(layer: Any) -> dict[str, Weight]:
    roles = {"kernel": layer.kernel_posterior, "bias": layer.bias_posterior}
    return {
        role: _read_distribution(posterior, layer, salt)
        for salt, (role, posterior) in enumerate(roles.items())
        if posterior is not None
    }


def _read_dense_variational(layer: Any) -> Layer[Weight]:
    return Layer(layer.name, Dense(activation_of(layer)), _joint_weights(layer))


def _joint_weights(layer: Any) -> dict[str, Weight]:
    # Kernel and bias are one vector, with one posterior.
    inputs, units = layer.input_spec.axes[-1], layer.units
    distribution, other = (_joint_posterior(layer, value, inputs) for value in (0.0, 1.0))
    joint = _read_distribution(distribution, layer, 0)
    if not _equal(joint, _read_distribution(other, layer, 0)):
        raise ModelError(
            f"layer {layer.name!r}: found a posterior that depends on the layer's input, which cannot be exported; let "
            "it depend on its own variables alone"
        )
    weights = {"kernel": _cut(joint, slice(inputs * units), (inputs, units))}
    if layer.use_bias:
        weights["bias"] = _cut(joint, slice(inputs * units, None), (units,))
    return weights


def _joint_posterior(layer: Any, value: float, inputs: int) -> Any:
    coerced = layer._posterior(tf.fill([1, inputs], value))  # noqa: SLF001 - TFP offers no public way
    return getattr(coerced, "tensor_distribution", coerced)


def _equal(one: Weight, other: Weight) -> bool:
    match one, other:
        case Point(), Point():
            return np.array_equal(one.value, other.value)
        case Normal(), Normal():
            return np.array_equal(one.loc, other.loc) and np.array_equal(one.scale, other.scale)
        case Drawn(), Drawn():
            return np.array_equal(one.draw(1, 0), other.draw(1, 0))
    return False


def _cut(joint: Weight, part: slice, shape: tuple[int, ...]) -> Weight:
    match joint:
        case Point(value):
            return Point(value[part].reshape(shape))
        case Normal(loc, scale):
            return Normal(loc[part].reshape(shape), scale[part].reshape(shape))
        case Drawn(draw, parameters):
            return Drawn(lambda count, seed: draw(count, seed)[:, part].reshape(count, *shape), parameters)
    raise TypeError(f"found {type(joint).__name__}, expected Point, Normal or Drawn")


def _read_distribution(distribution: Any, layer: Any, salt: int) -> Weight:
    base = distribution
    while isinstance(base, tfd.Independent):
        base = base.distribution
    shape = distribution.batch_shape + distribution.event_shape  # a bare Normal's is its batch's
    if isinstance(base, tfd.Deterministic | tfd.VectorDeterministic):
        return Point(tf.broadcast_to(base.loc, shape).numpy())
    if type(base) in (tfd.Normal, tfd.MultivariateNormalDiag):
        return Normal(tf.broadcast_to(base.mean(), shape).numpy(), tf.broadcast_to(base.stddev(), shape).numpy())
    return Drawn(_sampler(distribution, salt), tuple(layer.get_weights()))


def _sampler(distribution: Any, salt: int) -> Callable[[int, int], NDArray[np.float32]]:
    def draw(count: int, seed: int) -> NDArray[np.float32]:
        state = np.random.SeedSequence([seed, salt]).generate_state(2).astype(np.int32)
        return np.asarray(distribution.sample(count, seed=tf.constant(state)), np.float32)

    return draw


def _fixed(operation: Operation) -> Reader:
    return lambda layer: Layer(layer.name, operation, {})


TFP_READERS: dict[type, Reader] = {
    tfpl.Convolution2DReparameterization: _read_conv,
    tfpl.Convolution2DFlipout: _read_conv,
    tfpl.DenseReparameterization: _read_dense,
    tfpl.DenseFlipout: _read_dense_per_row,
    tfpl.DenseLocalReparameterization: _read_dense_per_row,
    tfpl.DenseVariational: _read_dense_variational,
    tfpl.OneHotCategorical: _fixed(Activate(Activation.SOFTMAX)),
}
"""By exact type: a subclass may compute something else."""
