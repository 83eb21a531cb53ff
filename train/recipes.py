"""How each network is trained, setting by setting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

Loss = Literal["sparse_categorical_crossentropy", "negative_log_likelihood"]
Optimiser = Literal["rmsprop", "adam"]
Schedule = Literal["constant", "cosine"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one training.

    Attributes:
        model: the network's name, see `models.networks.BUILDERS`.
        epochs: passes over the training images.
        loss: cross-entropy of integer labels, or the negative log-likelihood of one-hot labels.
        prior: of the weights, see `models.networks.PRIORS`; `none` for a network without.
        batch: images a step.
        optimiser: whose other settings are Keras's defaults.
        learning_rate: of the optimiser, at the first step.
        schedule: whether the learning rate stays, or falls to 0 along a cosine (Loshchilov and Hutter 2017,
            arXiv 1608.03983).
        annealing: epochs over which the weight of the KL divergence rises from 0 to 1 (Bowman et al. 2016,
            arXiv 1511.06349); from then on the loss is the negative evidence lower bound.
        augmented: share of the images that are augmented in each epoch.
        augmentation_factor: how many images each one counts for because it is never seen twice alike; the KL
            divergence is divided by the rows times this factor (Osawa et al. 2019, arXiv 1906.02506).
        outliers: how many images that are no digits are shown to one that is; they are trained towards the uniform
            distribution (outlier exposure, Hendrycks et al. 2019, arXiv 1812.04606), for the likelihood alone.
        start: digest of the posterior that training goes on from, a warm restart (Loshchilov and Hutter 2017) with
            the KL divergence at its full weight from the first step; empty for new weights.
        extra: digest of images of one's own that are trained on besides; empty for none.
        teacher: digest of the network that says beside the label what each image is, see `train.teacher`; empty for
            none.
        taught: share of the target that is the teacher's, where there is one.
        precision: of products in training; see `train.precision`.
        mixup: alpha of the shares in which images are blended, see `train.mixup`; 0 for whole images.
    """

    model: str
    epochs: int
    loss: Loss
    prior: str = "none"
    batch: int = 32
    optimiser: Optimiser = "rmsprop"
    learning_rate: float = 0.001
    schedule: Schedule = "constant"
    annealing: int = 0
    augmented: float = 0.0
    augmentation_factor: int = 1
    outliers: float = 0.0
    start: str = ""
    extra: str = ""
    teacher: str = ""
    taught: float = 0.5
    precision: Precision = "float32"
    mixup: float = 0.0


LENET: Final = Recipe(
    "lenet",
    100,
    "negative_log_likelihood",
    prior="normal",
    batch=128,
    optimiser="adam",
    learning_rate=0.002,
    schedule="cosine",
    annealing=25,
    augmented=0.8,
    augmentation_factor=3,
    outliers=0.12,
)

RECIPES = {
    recipe.model: recipe
    for recipe in (
        Recipe("deterministic", 5, "sparse_categorical_crossentropy"),
        Recipe("probabilistic", 5, "negative_log_likelihood"),
        Recipe("bayesian", 10, "negative_log_likelihood", prior="spike_and_slab"),
        replace(LENET, model="deterministic_lenet", prior="none", annealing=0, augmentation_factor=1),
        LENET,
        replace(LENET, model="deep_lenet", epochs=70, annealing=18),
        Recipe(
            "vgg",
            40,
            "negative_log_likelihood",
            batch=128,
            optimiser="adam",
            schedule="cosine",
            augmented=0.8,
            outliers=0.12,
            precision="bfloat16",
        ),
    )
}
"""The recipes by model.

The LeNet's was chosen by its figures on held-out training images, never on test images: `train/tried.md` tells all that
was tried, and with which commands it is tried again.
"""
