"""Feature maps of several weight samples, side by side in the channel axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import tensorflow as tf


@dataclass(frozen=True, slots=True)
class Maps:
    """What one layer hands to the next.

    Side by side, the first layer with sampled weights is one wide convolution of one image, the later ones are
    grouped convolutions, and pooling and activations need not know that there are samples.

    Attributes:
        values: float32 [N, h, w, copies * c], one sample's channels behind the other's.
        copies: how many samples; 1 until the first layer whose weights are sampled.
        flat: whether a dense layer takes a whole map for its input, as after Flatten.
    """

    values: tf.Tensor
    copies: int
    flat: bool

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.values.shape[1], self.values.shape[2]

    @property
    def channels(self) -> int:
        """Channels c of one sample."""
        return int(self.values.shape[3]) // self.copies

    def map(self, function: Callable[[tf.Tensor], tf.Tensor]) -> Maps:
        """Apply a function to the values."""
        return replace(self, values=function(self.values))

    def by_sample(self) -> tf.Tensor:
        """Give the samples one behind the other in the batch axis: [N * copies, h, w, c]."""
        if self.copies == 1:
            return self.values
        height, width = self.size
        x = self.values
        if height * width > 1:
            x = tf.transpose(tf.reshape(x, [-1, height * width, self.copies, self.channels]), [0, 2, 1, 3])
        return tf.reshape(x, [-1, height, width, self.channels])

    def by_value(self) -> tf.Tensor:
        """Give every sample's values in the order of Flatten: [N, copies, h * w * c]."""
        height, width = self.size
        x = self.values if height * width == 1 else self.by_sample()
        return tf.reshape(x, [-1, self.copies, height * width * self.channels])

    def flattened(self) -> Maps:
        """Make the values channels of a single position: [N, 1, 1, copies * (h * w * c)]."""
        height, width = self.size
        values = tf.reshape(self.by_value(), [-1, 1, 1, self.copies * height * width * self.channels])
        return replace(self, values=values)

    def from_samples(self, values: tf.Tensor, copies: int) -> Maps:
        """Put [N * copies, h, w, c] side by side: what `by_sample` undoes."""
        if copies > 1:
            _, height, width, channels = values.shape
            if height * width > 1:
                values = tf.transpose(tf.reshape(values, [-1, copies, height * width, channels]), [0, 2, 1, 3])
            values = tf.reshape(values, [-1, height, width, copies * channels])
        return replace(self, values=values, copies=copies)
