"""In what precision TensorFlow multiplies while a network is trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import tensorflow as tf

from train.recipes import Precision

OPTION: Final = "auto_mixed_precision_onednn_bfloat16"


@contextmanager
def multiply_in(precision: Precision) -> Iterator[None]:
    """Let convolutions and matrix products of traced functions be in this precision meanwhile, in the whole process.

    Weights, their gradients and all else stay in float32. Processors without instructions for bfloat16 compute in
    float32 nevertheless.
    """
    before = tf.config.optimizer.get_experimental_options().get(OPTION, False)
    tf.config.optimizer.set_experimental_options({OPTION: precision == "bfloat16"})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({OPTION: before})
