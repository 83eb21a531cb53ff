"""How each network is trained, setting by setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Loss = Literal["sparse_categorical_crossentropy", "negative_log_likelihood"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one training.

    Attributes:
        model: the network's name, see `models.networks.BUILDERS`.
        epochs: passes over the training images.
        batch: images a step.
        learning_rate: of RMSprop, whose other settings are Keras's defaults.
        loss: cross-entropy of integer labels, or the negative log-likelihood of one-hot labels.
    """

    model: str
    epochs: int
    loss: Loss
    batch: int = 32
    learning_rate: float = 0.001


RECIPES = {
    recipe.model: recipe
    for recipe in (
        Recipe("deterministic", 5, "sparse_categorical_crossentropy"),
        Recipe("probabilistic", 5, "negative_log_likelihood"),
        Recipe("bayesian", 10, "negative_log_likelihood"),
    )
}
