"""The full model in TensorFlow as a predictor: one network, or several that share the passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.predictive import stochastic_passes, traced


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
