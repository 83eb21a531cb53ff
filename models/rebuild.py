"""Makes a run's Keras model again, of its posterior or of what an unfinished training had reached."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow_probability as tfp
import tf_keras
from numpy.typing import NDArray

from models.errors import ModelError
from models.network import Layer, Normal, Point, Posterior, Weight
from models.networks import BUILDERS
from models.read_model import read_posterior
from models.runs import RECORD, Run, load_training_state

Array = NDArray[np.float32]
FLOOR = np.finfo(np.float32).eps
"""What TFP adds to its softplus."""


def rebuild(run: Run) -> tf_keras.Sequential:
    """Build a run's network with the weights of its posterior.

    Its scales are the posterior's to a few units in the last place, for Keras keeps them before their softplus; all
    else is equal.

    Raises:
        ModelError: the network is unknown, or the posterior does not fit it.
    """
    record = run.record
    if record.model not in BUILDERS:
        raise ModelError(
            f"{run.folder / RECORD}: found model {record.model!r}, expected one of {', '.join(BUILDERS)}; "
            "train it again"
        )
    model = BUILDERS[record.model](record.rows)
    _require_fit(run, read_posterior(model))
    for layer, saved in zip(model.layers, run.posterior.layers, strict=True):
        _restore(layer, saved)
    return model


def training_state(model: tf_keras.Sequential) -> dict[str, NDArray[Any]]:
    """Give a compiled model's weights and its optimiser's state by name, as training goes on from them."""
    state = {f"weight_{index:03}": values for index, values in enumerate(model.get_weights())}
    return state | {f"optimiser_{i:03}": variable.numpy() for i, variable in enumerate(model.optimizer.variables)}


def restore_training_state(run: Run, model: tf_keras.Sequential) -> None:
    """Give a compiled model the weights and the optimiser's state that a run had reached.

    Raises:
        ModelError: the run holds none, or they do not fit the model.
    """
    state = load_training_state(run.folder, run.record)
    model.optimizer.build(model.trainable_variables)
    for kind, variables in (("weight", model.weights), ("optimiser", list(model.optimizer.variables))):
        values = [state[name] for name in sorted(state) if name.startswith(kind)]
        if [array.shape for array in values] != [tuple(variable.shape) for variable in variables]:
            raise ModelError(f"{run.folder}: its training state does not fit the model; start anew with --force")
        for variable, array in zip(variables, values, strict=True):
            variable.assign(array)


def _require_fit(run: Run, expected: Posterior) -> None:
    """Refuse a posterior of another network: other layers, or weights of other shapes or kinds."""
    found, wanted = (
        [(layer.name, layer.operation, sorted(map(_shape, layer.weights.items()))) for layer in posterior.layers]
        for posterior in (run.posterior, expected)
    )
    for one, other in zip(found, wanted, strict=False):
        if one != other:
            raise ModelError(
                f"{run.folder}: found layer {one[0]!r} {one[1]} with {one[2]}, expected {other[0]!r} {other[1]} with "
                f"{other[2]} for model {run.record.model}; train the model again"
            )
    if len(found) != len(wanted):
        raise ModelError(
            f"{run.folder}: found {len(found)} layers, expected {len(wanted)} for model {run.record.model}; "
            "train the model again"
        )


def _shape(item: tuple[str, Weight]) -> tuple[str, str, tuple[int, ...]]:
    role, weight = item
    shape = weight.loc.shape if isinstance(weight, Normal) else getattr(weight, "value", np.empty(0)).shape
    return role, type(weight).__name__, shape


def _restore(layer: Any, saved: Layer[Weight]) -> None:
    """Give a layer of one of `BUILDERS` its saved weights."""
    if isinstance(layer, tfp.layers.DenseVariational):  # one vector: all locs, then all scales before their softplus
        loc, scale = (
            np.concatenate([getattr(saved.weights[role], name).ravel() for role in ("kernel", "bias")])
            for name in ("loc", "scale")
        )
        layer._posterior.layers[0].set_weights([np.concatenate([loc, _invert_softplus(scale)])])  # noqa: SLF001 - TFP offers no public way
        return
    for role, weight in saved.weights.items():
        match weight:
            case Normal(loc, scale):
                normal = getattr(layer, f"{role}_posterior").distribution
                normal.loc.assign(loc)
                normal.scale.pretransformed_input.assign(_invert_softplus(scale - FLOOR))
            case Point(value) if role in {"kernel", "bias"}:  # a rescaling has its numbers from the builder
                getattr(layer, role).assign(value)


def _invert_softplus(scale: Array) -> Array:
    exact = scale.astype(np.float64)
    return (exact + np.log(-np.expm1(-exact))).astype(np.float32)
