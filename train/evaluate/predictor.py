"""What can be evaluated, and its predictions of a whole data set, made block by block."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Predictions, Sampling, Thresholds, predict_batch
from models.predictive import stochastic_passes, traced

UNCALIBRATED: Final = Thresholds(math.inf, 1.0)
"""Of what promises nothing: no prediction carries a warning, every label set holds every class."""
UNCALIBRATED_POINTS: Final = replace(UNCALIBRATED, sampling=Sampling.EVEN)
"""The same for the points of a graph of moments, which are no independent draws."""
SHARD: Final = 10_000
"""Images that a predictor is given in one call. A data set of up to so many is one shard, whose class probabilities
[N, K, C] are all that is in memory of them."""
BLOCK: Final = 1000
"""Images whose predictions are computed at a time: intervals in float64 need several copies of [N, K, C]."""


class Predictor(Protocol):
    """Turns images into sampled class probabilities: a bundle's classifier or engine, a full model, ..."""

    def probabilities(self, images: NDArray[np.float32], /) -> NDArray[np.floating]:
        """Give class probabilities [N, K, C] of images, float32 [N, h, w, c], paper 1 and ink 0."""
        ...


@dataclass(frozen=True)
class FullModel:
    """A network in TensorFlow that makes stochastic passes, the same ones in every call.

    Attributes:
        model: a tf_keras Sequential that puts out probabilities or a distribution over one-hot labels.
        passes: K.
        seed: of the passes.
    """

    model: Any
    passes: int
    seed: int

    def probabilities(self, images: NDArray[np.float32], /) -> NDArray[np.float32]:
        """Give class probabilities, float32 [N, K, C]; see `Predictor`."""
        return self.draw(images, self.passes)

    def draw(self, images: NDArray[np.float32], passes: int) -> NDArray[np.float32]:
        """Make another number of passes, the first of which are the same: float32 [N, passes, C]."""
        return np.stack(list(stochastic_passes(self._run, images, passes, self.seed)), axis=1)

    @cached_property
    def _run(self) -> Any:
        """The model, traced once: that takes longer than most passes."""
        return traced(self.model)


@dataclass(frozen=True, slots=True)
class Mixture:
    """Several networks of one kind that share the passes.

    Attributes:
        members: the networks, each with its passes.
    """

    members: tuple[FullModel, ...]

    def probabilities(self, images: NDArray[np.float32], /) -> NDArray[np.float32]:
        """Give class probabilities, float32 [N, K, C], of one member's passes after the other's; see `Predictor`."""
        return np.concatenate([member.probabilities(images) for member in self.members], axis=1)

    def draw(self, images: NDArray[np.float32], passes: int) -> NDArray[np.float32]:
        """Make another number of passes, so many of each member: float32 [N, members * passes, C]."""
        return np.concatenate([member.draw(images, passes) for member in self.members], axis=1)


def mixture_of(models: Sequence[Any], passes: int, seed: int) -> Mixture:
    """Share stochastic passes out evenly among networks.

    Args:
        models: tf_keras Sequentials; one, or the members of a mixture of posteriors.
        passes: of all together; rounded up to a multiple of their number.
        seed: of the passes; a member's is the seed and its number.
    """
    each = -(-passes // len(models))
    return Mixture(tuple(FullModel(model, each, seed + number) for number, model in enumerate(models)))


def predict_all(
    predictor: Predictor, images: NDArray[np.float32], thresholds: Thresholds = UNCALIBRATED
) -> Predictions:
    """Predict every image of a data set, float32 [N, h, w, c], holding the probabilities of one shard at a time.

    Raises:
        ValueError: there is no image, or the predictor gives what is no probability.
    """
    shards = (images[start : start + SHARD] for start in range(0, len(images), SHARD))
    return join(predict_blocks(predictor.probabilities(shard), thresholds) for shard in shards)


def predict_blocks(probabilities: NDArray[np.floating], thresholds: Thresholds = UNCALIBRATED) -> Predictions:
    """Do the same as `predict_batch` for a large batch, [N, K, C], in a small part of the memory."""
    starts = range(0, len(probabilities), BLOCK)
    return join(predict_batch(probabilities[start : start + BLOCK], thresholds) for start in starts)


def join(parts: Iterable[Predictions]) -> Predictions:
    """Join the predictions of a data set's parts, in order: figures of what is joined are those of the whole, exactly.

    Raises:
        ValueError: there is no part.
    """
    batches = list(parts)
    if not batches:
        raise ValueError("found no image to predict_batch, expected at least one")
    names = [field.name for field in fields(Predictions)]
    return Predictions(**{name: np.concatenate([getattr(batch, name) for batch in batches]) for name in names})
