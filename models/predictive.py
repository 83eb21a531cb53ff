"""The full model's own stochastic passes, against which everything exported is held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

BATCH = 1000


def sample_probabilities(
    model: tf_keras.Sequential, images: NDArray[np.float32], passes: int, seed: int
) -> NDArray[np.float32]:
    """Run a model several times, each time with weights of its own draw.

    Args:
        model: puts out probabilities or a distribution over one-hot labels.
        images: float32 [N, 28, 28, 1].
        passes: number K of stochastic passes; a pass draws anew for every 1,000 images.
        seed: of TensorFlow's random streams.

    Returns:
        Class probabilities, float32 [N, K, C].
    """
    return np.stack(list(stochastic_passes(model, images, passes, seed)), axis=1)


def stochastic_passes(
    model: tf_keras.Sequential, images: NDArray[np.float32], passes: int, seed: int
) -> Iterator[NDArray[np.float32]]:
    """Give the passes of `sample_probabilities` one by one, each float32 [N, C]."""
    tf.random.set_seed(seed)
    run = traced(model)
    for _ in range(passes):
        yield run_in_batches(run, images)


def traced(model: tf_keras.Sequential) -> Any:
    """Compile a model to a function of images that gives class probabilities."""

    @tf.function(reduce_retracing=True)
    def run(batch: tf.Tensor) -> tf.Tensor:
        return class_probabilities(model(batch, training=False))

    return run


def run_in_batches(run: Any, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a traced model on float32 [N, h, w, c] images, 1,000 at a time: class probabilities, float32 [N, C]."""
    blocks = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    return np.concatenate([run(block).numpy() for block in blocks])


def class_probabilities(output: Any) -> tf.Tensor:
    """Give the class probabilities [N, C] of a model's output, be it a tensor or a distribution."""
    return output if isinstance(output, tf.Tensor) else output.probs_parameter()
