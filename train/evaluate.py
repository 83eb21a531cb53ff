"""Measures a trained network on MNIST and on its corrupted twin."""

from __future__ import annotations

from dataclasses import asdict

import tf_keras

from dataset import Split
from edge_app.scores import score
from models.predictive import sample_probabilities

PASSES = 50


def evaluate(model: tf_keras.Sequential, data: Split, seed: int) -> dict[str, float]:
    """Score a network on a data set.

    A network whose passes differ is scored twice: on one pass, and on the mean of 50 under plain names.

    Args:
        model: the trained network.
        data: images, float32 [N, 28, 28, 1], and labels.
        seed: of the stochastic passes.

    Returns:
        accuracy, nll (nats), brier and ece, and for a stochastic network the same with the prefix `one_pass_`.
    """
    passes = sample_probabilities(model, data.x, 2, seed)
    one_pass = asdict(score(passes[:, 0], data.y))
    if (passes[:, 0] == passes[:, 1]).all():
        return one_pass
    mean = sample_probabilities(model, data.x, PASSES, seed).mean(axis=1)
    return asdict(score(mean, data.y)) | {f"one_pass_{name}": value for name, value in one_pass.items()}
