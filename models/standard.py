"""Puts a model of one's own into the one form that graphs are made of: one tensor in, one tensor out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from models.errors import ModelError
from models.outputs import WAYS, Declared, Output, declared_by, values_of

TRIED = 32  # random inputs
WIDTHS = np.geomspace(1.0, 100.0, TRIED, dtype=np.float32)
"""Their standard deviations: a logit leaves 0 to 1 where inputs are large."""
TENSOR_KINDS = (tf.float32, tf.int32, tf.int64)


class Standard(tf_keras.Model):
    """A model whose input and output are one float32 tensor each; it holds the weights of the model inside.

    Several inputs lie side by side, flattened, [N, P], in the order in which `parts_of` names them.
    """

    def __init__(self, model: tf_keras.Model, declared: str) -> None:
        super().__init__(name=model.name)
        self.inner = model
        self._declared = declared

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:  # noqa: FBT001 - Keras' own
        """Run the model inside: float32 [N, ...] -> float32 [N, V]."""
        return self.finish(self.inner(unpacked(inputs, self.inner), training=training))

    def finish(self, output: Any) -> tf.Tensor:
        """Turn what the model inside gives, a tensor or a distribution, into what this one gives."""
        return WAYS[self._declared].turn(values_of(output, self._declared))


def standardise(model: Any, declared: Declared | None = None) -> tuple[Any, Output]:
    """Give a model in standard form, and what it then gives.

    Args:
        model: a built tf_keras model. What is no such thing is given back: its reader says what is wrong.
        declared: what it gives, where neither its output's type nor its values can say so.

    Raises:
        ModelError: what it gives is not known, or not what was declared; or it takes what cannot be served.
    """
    if declared is not None and declared not in WAYS:
        raise ModelError(f"output: found {declared!r}, expected one of {', '.join(WAYS)}")
    _require_keras_2(model)
    if not isinstance(model, tf_keras.Model) or not model.built or model.save_spec() is None:
        return model, WAYS[declared or "probabilities"].output
    specs = tf.nest.flatten(inputs_of(model))
    tried = _packed([_random(spec, index) for index, spec in enumerate(specs)])
    raw = model(unpacked(tried, model), training=False)
    stated, width = _stated(model, raw, declared)
    way = WAYS[stated]
    plain = isinstance(inputs_of(model), tf.TensorSpec) and specs[0].dtype == tf.float32
    if plain and way.output is Output.PROBABILITIES and width > 1:
        if stated == "probabilities":
            return model, way.output
        if type(model) is tf_keras.Sequential and "call" not in vars(model):  # our own layers may describe it
            layers = [tf_keras.Input(specs[0].shape[1:]), *model.layers, tf_keras.layers.Softmax()]
            return tf_keras.Sequential(layers, name=model.name), way.output
    standard = Standard(model, stated)
    standard(tried)
    return standard, way.output


def _require_keras_2(model: Any) -> None:
    """Refuse models whose layers nobody here can read.

    Raises:
        ModelError: it is a model of Keras 3, or holds a layer of edward2.
    """
    if any(base.__module__.split(".")[0] == "keras" for base in type(model).__mro__):
        raise ModelError(
            f"model {getattr(model, 'name', '')!r}: found a model of Keras 3, expected one of Keras 2, on which "
            "TensorFlow Probability builds; make it of tf_keras' layers, and hand its weights over by set_weights"
        )
    for layer in getattr(model, "submodules", ()):
        if type(layer).__module__.split(".")[0] == "edward2":
            raise ModelError(
                f"layer {layer.name!r}: found edward2's {type(layer).__name__}, whose posterior is not read; draw sets "
                "of weights from it, and export a model of plain layers with samples="
            )


def inputs_of(model: tf_keras.Model) -> Any:
    """Give what a built model takes: a TensorSpec, or a list or dict of them.

    Raises:
        ModelError: an input is no array of numbers, or of no fixed shape.
    """
    (first, *others), named = model.save_spec()
    if others or named:
        raise ModelError(
            f"model {model.name!r}: found several arguments, expected one; give its inputs as a dict or list"
        )
    for spec in tf.nest.flatten(first):
        shape = list(spec.shape[1:]) if spec.shape.rank else []
        if not isinstance(spec, tf.TensorSpec) or spec.dtype not in TENSOR_KINDS or not shape or None in shape:
            raise ModelError(
                f"model {model.name!r}: found input {spec.dtype.name} {shape}, expected float32 or whole numbers of a "
                "fixed shape, such as [height, width, channels], [steps, features] or [features]"
            )
    return first


def parts_of(model: tf_keras.Model) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Give name and shape of each of several inputs, in the order in which they lie side by side; of one, nothing."""
    if not isinstance(model, Standard):
        return ()
    structure = inputs_of(model.inner)
    specs = tf.nest.flatten(structure)
    names = sorted(structure) if isinstance(structure, dict) else [spec.name for spec in specs]
    return (
        tuple((name, tuple(spec.shape[1:])) for name, spec in zip(names, specs, strict=True)) if len(specs) > 1 else ()
    )


def unpacked(inputs: tf.Tensor, model: tf_keras.Model) -> Any:
    """Give a model's own inputs back out of one tensor."""
    structure = inputs_of(model)
    specs = tf.nest.flatten(structure)
    if len(specs) == 1:
        return tf.nest.pack_sequence_as(structure, [tf.cast(inputs, specs[0].dtype)])
    sizes = [math.prod(spec.shape[1:]) for spec in specs]
    parts = tf.split(inputs, sizes, axis=1)
    shaped = [
        tf.cast(tf.reshape(part, (-1, *spec.shape[1:])), spec.dtype) for part, spec in zip(parts, specs, strict=True)
    ]
    return tf.nest.pack_sequence_as(structure, shaped)


def _random(spec: tf.TensorSpec, seed: int) -> tf.Tensor:
    noise = tf.random.stateless_normal((TRIED, *spec.shape[1:]), [seed, 0])
    if spec.dtype != tf.float32:  # 0 or 1, which any table of embeddings has
        return tf.cast(noise > 0, tf.float32)
    return noise * WIDTHS.reshape(-1, *[1] * (spec.shape.rank - 1))


def _packed(inputs: list[tf.Tensor]) -> tf.Tensor:
    if len(inputs) == 1:
        return inputs[0]
    return tf.concat([tf.reshape(each, (len(each), -1)) for each in inputs], axis=1)


def _stated(model: tf_keras.Model, raw: Any, declared: Declared | None) -> tuple[str, int]:
    """Say what a model gives, by itself, by declaration, or as its rows prove; and how many values, [N, V].

    Raises:
        ModelError: as `standardise`.
    """
    own = declared_by(raw)
    if own and declared not in {None, own}:
        raise ModelError(
            f"model {model.name!r}: gives a distribution, which says {own!r} itself, where {declared!r} was declared; "
            "leave output out"
        )
    stated = declared or own or "probabilities"
    values = values_of(raw, stated)
    if values is None or values.shape.rank != 2:
        found = f"shape {list(values.shape)}" if values is not None else _kind(raw)
        raise ModelError(f"model {model.name!r}: gives {found}, expected one tensor [N, values] for {stated!r}")
    finite = values.numpy()[np.isfinite(values).all(axis=1)]
    fault = WAYS[stated].fault(finite) if len(finite) else "no finite value"
    if fault is None and (declared or own or values.shape[1] > 1):
        return stated, int(values.shape[1])
    if declared or own:
        raise ModelError(f"model {model.name!r}: declared as {stated!r}, but gives {fault} on random inputs")
    raise ModelError(
        f"model {model.name!r}: found no class probabilities at its end, expected a softmax over [N, classes] or a "
        f"distribution, or to be told what it gives: output=, one of {', '.join(WAYS)}"
    )


def _kind(raw: Any) -> str:
    if isinstance(raw, tuple | list | dict):
        return f"{len(raw)} tensors"
    return type(getattr(raw, "tensor_distribution", raw)).__name__
