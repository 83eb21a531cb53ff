"""What every network takes and gives: an image of one digit, and a distribution over the ten classes."""

from __future__ import annotations

from typing import Any

import tensorflow_probability as tfp

CLASSES = 10
INPUT_SHAPE = (28, 28, 1)


def class_distribution() -> Any:
    """Make the layer that turns ten logits into a distribution over one-hot labels, worth its mode as a tensor."""
    return tfp.layers.OneHotCategorical(CLASSES, convert_to_tensor_fn=tfp.distributions.Distribution.mode, name="class")
