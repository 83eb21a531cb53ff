"""The full model's own stochastic passes, against which everything exported is held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

BATCH = 1000
ROUND = 100


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
    return np.stack(list(stochastic_passes(traced(model), images, passes, seed)), axis=1)


def stochastic_passes(run: Any, images: NDArray[np.float32], passes: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """Give the passes of `sample_probabilities` one by one, each float32 [N, C].

    Args:
        run: the model, `traced`: the same passes in every call, though it is traced but once.
        images: float32 [N, 28, 28, 1].
        passes: how many.
        seed: of TensorFlow's random streams.
    """
    tf.random.set_seed(seed)
    for _ in range(passes):
        yield run_in_batches(run, images)


def repeated_passes(
    model: tf_keras.Sequential, images: NDArray[np.float32], passes: int, seed: int
) -> Iterator[NDArray[np.float32]]:
    """Run a few images through a model very often, each pass with weights of its own draw.

    The passes run inside one function, which for few images is ten times faster than calling it for each.

    Args:
        model: puts out probabilities or a distribution over one-hot labels.
        images: float32 [N, h, w, c].
        passes: how many, a multiple of 100.
        seed: of TensorFlow's random streams.

    Returns:
        Class probabilities, 100 passes at a time: float32 [N, 100, C].
    """
    tf.random.set_seed(seed)

    @tf.function
    def run(batch: tf.Tensor) -> tf.Tensor:
        def one_pass(_: tf.Tensor) -> tf.Tensor:
            return class_probabilities(model(batch, training=False))

        return tf.map_fn(one_pass, tf.range(ROUND), fn_output_signature=tf.float32)

    for _ in range(passes // ROUND):
        yield run(tf.constant(images)).numpy().swapaxes(0, 1)


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
