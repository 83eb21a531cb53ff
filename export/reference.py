"""The models that a bundle is made of, called as their user calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tqdm import tqdm

from models.forced import Choose, active_dropout, forced, keras_weights
from models.network import Dropped, Posterior, Samples
from models.outputs import Output
from models.posterior import digest_mixture, is_known, round_posterior
from models.predictive import ROUND, class_probabilities, repeated_passes, run_in_batches, stochastic_passes, traced
from models.read_headed import Headed, read_headed

Array = NDArray[np.float32]
Trace: TypeAlias = "Callable[[tf_keras.Sequential], Any]"


@dataclass(frozen=True, slots=True)
class Member:
    """One of the models that a bundle is made of.

    Attributes:
        model: in Keras.
        weights: its weights, arrays in Keras' order, where the model holds others; None for those that it holds.
        posterior: what is read out of it with these weights.
    """

    model: tf_keras.Sequential
    weights: Sequence[NDArray[Any]] | None
    posterior: Posterior


class Reference:
    """The models behind a bundle; they are left as they were.

    Sample k of a bundle was drawn from member k modulo their number.

    Attributes:
        members: of one architecture.
        output: what they give of each input.
        posteriors: what is drawn from: theirs, or what stands in for these.
    """

    def __init__(
        self,
        members: Sequence[Member],
        output: Output = Output.PROBABILITIES,
        posteriors: Sequence[Posterior] | None = None,
    ) -> None:
        """Keep the members, and what they give; see `make_reference`."""
        self.members, self.output = tuple(members), output
        self.posteriors = tuple(member.posterior for member in members) if posteriors is None else tuple(posteriors)

    def as_carried(self) -> Reference:
        """Give the same models, to be drawn from as a bundle carries its posterior."""
        return Reference(self.members, self.output, tuple(map(round_posterior, self.posteriors)))

    def alone(self, index: int, posterior: Posterior) -> Reference:
        """Give one member alone, with another posterior of the same layers."""
        return Reference([self.members[index]], self.output, [posterior])

    def headed(self) -> list[Headed]:
        """Give each regression as its layers and a head.

        Raises:
            ModelError: a model is not such that its moments could be known.
        """
        found = []
        for member, posterior in zip(self.members, self.posteriors, strict=True):
            with keras_weights(member.model, member.weights):
                found.append(read_headed(member.model, posterior))
        return found

    @property
    def digest(self) -> str:
        """The members' posteriors' SHA-256."""
        return digest_mixture([member.posterior for member in self.members])

    @property
    def whole(self) -> bool:
        """Whether our layers do not describe the models, so that they compute their graphs themselves."""
        return self.posteriors[0].whole

    @property
    def is_regression(self) -> bool:
        """Whether the models give quantities in units of their own."""
        return not self.output.is_probability

    @cached_property
    def width(self) -> int:
        """Number V of values that they give of each input, of class probabilities the classes."""
        model, shape = self.members[0].model, self.posteriors[0].input_shape
        return int(class_probabilities(model(tf.zeros((1, *shape)), training=False)).shape[-1])

    def unit(self, inputs: Array) -> Array:
        """Give what differences are measured in, float32 [V]: 1 for probabilities, else the size of these values."""
        if self.output.is_probability:
            return np.ones(self.width, np.float32)
        (values,) = self.own_draws(inputs, 1)
        return np.asarray(np.maximum(np.abs(values).max(axis=0), np.finfo(np.float32).tiny))

    @property
    def known(self) -> bool:
        """Whether every weight of every member is a point."""
        return all(map(is_known, self.posteriors))

    def same_weights(
        self, samples: Samples, images: Array, indices: Sequence[int], *, rounded: bool = False
    ) -> Iterator[Array]:
        """Run the models with chosen weight samples in turn.

        Args:
            samples: drawn from the models' posteriors.
            images: float32 [N, h, w, c].
            indices: of the samples to run.
            rounded: whether weights are rounded to float16, as graphs of that precision store them.

        Yields:
            Class probabilities, float32 [N, C], one an index.
        """
        for run in self._chosen(samples, indices, rounded=rounded):
            yield run_in_batches(run, images)

    def frozen(self, samples: Samples, indices: Sequence[int], batch: int) -> Iterator[Any]:
        """Freeze samples into copies of their model, functions: float32 [batch, h, w, c] -> a list of [batch, C]."""
        image = tf.TensorSpec((batch, *samples.input_shape), tf.float32)
        for run in self._chosen(samples, indices, plain=True):
            yield convert_variables_to_constants_v2(run.get_concrete_function(image))

    def _chosen(
        self,
        samples: Samples,
        indices: Sequence[int],
        trace: Trace = traced,
        *,
        rounded: bool = False,
        plain: bool = False,
    ) -> Iterator[Any]:
        """Give the traced model of each sample, set to it for as long as the next is not asked for."""
        samples = _rounded(samples) if rounded else samples
        alone = len(self.members) == 1  # its weights are set once: reading and setting them takes longer than a pass
        with ExitStack() as stack:
            chosen: dict[int, tuple[Choose, Any]] = {}
            for index in indices:
                member = self.members[index % len(self.members)]
                model = member.model
                if id(model) not in chosen:
                    stack.enter_context(keras_weights(model, None))
                    chosen[id(model)] = stack.enter_context(forced(model, samples, plain=plain)), trace(model)
                    _set_weights(member, rounded=rounded)
                choose, run = chosen[id(model)]
                if not alone:
                    _set_weights(member, rounded=rounded)
                choose(index)
                yield run

    def layers_at(self, samples: Samples, indices: Sequence[int], images: Array) -> Iterator[list[Array]]:
        """Give what every layer puts out with each of some weight samples, float32 [N, values]."""
        for run in self._chosen(samples, indices, _traced_layers):
            yield [values.numpy() for values in run(images)]

    def own_layers(self, images: Array, passes: int, seed: int) -> Iterator[list[Array]]:
        """Give what every layer puts out with weights of its own draw, `passes` times float32 [N, values]."""
        tf.random.set_seed(seed)
        for number, member in enumerate(self.members):
            with self._as_called(member):
                run = _traced_layers(member.model)
                for _ in range(number, passes, len(self.members)):
                    yield [values.numpy() for values in run(images)]

    def own_draws(self, images: Array, passes: int, seed: int = 0) -> Iterator[Array]:
        """Run the models with weights of their own draw: `passes` times float32 [N, C], each member in turn."""
        if len(self.members) == 1:
            with self._as_called(self.members[0]):
                yield from stochastic_passes(traced(self.members[0].model), images, passes, seed)
            return
        tf.random.set_seed(seed)
        runs: dict[int, Any] = {}
        for index in range(passes):
            member = self.members[index % len(self.members)]
            with self._as_called(member):
                run = runs.setdefault(id(member.model), traced(member.model))
                yield run_in_batches(run, images)

    def many_draws(self, images: Array, passes: int, seed: int = 0) -> Array:
        """Run the models very often on few images, each member by turns: float32 [N, passes, C]."""
        each = -(-passes // (ROUND * len(self.members))) * ROUND
        parts = []
        with tqdm(desc="full model, draws", total=each * len(self.members), disable=None) as bar:
            for number, member in enumerate(self.members):
                with self._as_called(member):
                    for draws in repeated_passes(member.model, images, each, seed + number):
                        parts.append(draws)
                        bar.update(ROUND)
        by_member = np.concatenate(parts, axis=1).reshape(len(images), len(self.members), each, -1)
        return np.asarray(by_member.swapaxes(1, 2).reshape(len(images), each * len(self.members), -1)[:, :passes])

    def _as_called(self, member: Member) -> ExitStack:
        stack = ExitStack()
        stack.enter_context(keras_weights(member.model, member.weights))
        dropping = [
            layer.name
            for layer in member.posterior.layers
            if any(isinstance(weight, Dropped) for weight in layer.weights.values())
        ]
        stack.enter_context(active_dropout(member.model, dropping))
        return stack


def _set_weights(member: Member, *, rounded: bool) -> None:
    if member.weights is None and not rounded:
        return
    weights = member.model.get_weights() if member.weights is None else member.weights
    member.model.set_weights([_to_float16(np.asarray(array)) for array in weights] if rounded else weights)


def _traced_layers(model: tf_keras.Sequential) -> Any:
    """Compile a model to a function of images that gives what each of its layers puts out, float32 [N, values]."""

    @tf.function(reduce_retracing=True)
    def run(images: tf.Tensor) -> list[tf.Tensor]:
        outputs, x = [], images
        for layer in model.layers:
            x = layer(x, training=False)
            outputs.append(tf.reshape(class_probabilities(x), (tf.shape(images)[0], -1)))
        return outputs

    return run


def _rounded(samples: Samples) -> Samples:
    layers = [
        replace(layer, weights={role: _to_float16(values) for role, values in layer.weights.items()})
        for layer in samples.layers
    ]
    return replace(samples, layers=tuple(layers))


def _to_float16(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float16).astype(values.dtype)
