"""Writes K frozen weight samples down as one graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import tensorflow as tf

from export.graphs.layers import POINTWISE, Array, as_map
from export.graphs.maps import Maps
from models.network import Conv2D, DepthwiseConv2D, Layer, Samples


class FrozenWeights:
    """Weight samples side by side.

    A convolution's kernels are one wide kernel, grouped by sample where the input already differs from sample to
    sample; a dense layer of one image is a convolution over its whole input. Measured against a batched matrix product,
    and against chunks of 5, 10, 25 and 50 samples, one grouped convolution was never slower. Of several images at a
    time the product is: it reads the matrices once for all, which take longer to read than to multiply by.
    """

    def __init__(self, samples: Samples) -> None:
        """Take the samples that `draw_samples` returned."""
        self.copies = count_samples(samples)

    def known(self, layer: Layer[Array]) -> Mapping[str, Array] | None:
        """Give a layer's weights if every sample has the same: it is then computed once, not K times."""
        if all((values == values[:1]).all() for values in layer.weights.values()):
            return {role: values[0] for role, values in layer.weights.items()}
        return None

    def convolve(self, layer: Layer[Array], operation: Conv2D, x: Maps) -> Maps:
        """Convolve: [N, h, w, copies * c] -> [N, h', w', K * filters]."""
        kernel = layer.weights["kernel"]
        if kernel.ndim == 3:  # a dense layer's, on each position
            kernel = kernel[:, None, None]
        y = tf.nn.conv2d(
            x.values, _side_by_side(kernel), operation.strides, operation.padding, dilations=operation.dilations
        )
        if "bias" in layer.weights:
            y += layer.weights["bias"].ravel()
        return replace(x, values=y, copies=self.copies)

    def multiply(self, layer: Layer[Array], x: Maps) -> Maps:
        """Multiply flat maps: [N, h, w, copies * c] -> [N, 1, 1, K * units]."""
        kernel = layer.weights["kernel"]
        if x.values.shape[0] not in {None, 1}:
            return self._multiply_batch(layer, x)
        window = kernel.reshape(self.copies, *x.size, x.channels, kernel.shape[-1])
        return self.convolve(replace(layer, weights={**layer.weights, "kernel": window}), POINTWISE, x)

    def _multiply_batch(self, layer: Layer[Array], x: Maps) -> Maps:
        """Multiply several images' values by each sample's matrix, read once for all; a convolution rereads it."""
        count, kernel = int(x.values.shape[0]), layer.weights["kernel"]
        values = tf.transpose(x.by_value(), [1, 0, 2])  # [copies, N, values]
        y = tf.transpose(tf.matmul(values, kernel), [1, 0, 2])
        if "bias" in layer.weights:
            y += layer.weights["bias"]
        return replace(x, values=tf.reshape(y, [count, 1, 1, -1]), copies=self.copies)

    def convolve_depthwise(self, layer: Layer[Array], operation: DepthwiseConv2D, x: Maps) -> Maps:
        """Convolve each channel: [N, h, w, copies * c] -> [N, h', w', K * c * multiplier]."""
        kernels = layer.weights["kernel"]  # [K, h, w, c, multiplier]
        _, height, width, _, multiplier = kernels.shape
        wide = kernels.transpose(1, 2, 0, 3, 4).reshape(height, width, -1, multiplier)
        y = tf.nn.depthwise_conv2d(
            self._spread(x), wide, [1, *operation.strides, 1], operation.padding, dilations=operation.dilations
        )
        if "bias" in layer.weights:
            y += layer.weights["bias"].ravel()
        return replace(x, values=y, copies=self.copies)

    def rescale(self, layer: Layer[Array], x: Maps) -> Maps:
        """Scale and shift: [N, h, w, copies * c] -> [N, h, w, K * c]."""
        one = (*x.values.shape[:-1], x.channels)
        y = self._spread(x) * _maps_side_by_side(as_map(layer.weights["scale"], one))
        if "shift" in layer.weights:
            y += _maps_side_by_side(as_map(layer.weights["shift"], one))
        return replace(x, values=y, copies=self.copies)

    def _spread(self, x: Maps) -> tf.Tensor:
        """Give every sample its own channels: [N, h, w, copies * c] -> [N, h, w, K * c]."""
        return x.values if x.copies == self.copies else tf.tile(x.values, [1, 1, 1, self.copies])


def count_samples(samples: Samples) -> int:
    """Give the number K of samples; 1 for a network without weights."""
    return next((len(values) for layer in samples.layers for values in layer.weights.values()), 1)


def select(samples: Samples, indices: Sequence[int]) -> Samples:
    """Give some of the samples as a network of so many."""
    chosen = list(indices)
    layers = tuple(
        replace(layer, weights={role: values[chosen] for role, values in layer.weights.items()})
        for layer in samples.layers
    )
    return replace(samples, layers=layers)


def _maps_side_by_side(maps: Array) -> Array:
    """[K, c] -> [K * c], or [K, h, w, c] -> [h, w, K * c]: one sample behind the other."""
    moved = np.moveaxis(maps, 0, -2)
    return moved.reshape(*moved.shape[:-2], -1)


def _side_by_side(kernels: Array) -> Array:
    """[K, h, w, in, out] -> [h, w, in, K * out], one sample behind the other."""
    _, height, width, inputs, _ = kernels.shape
    return kernels.transpose(1, 2, 3, 0, 4).reshape(height, width, inputs, -1)
