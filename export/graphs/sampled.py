"""Writes a posterior down as one graph that draws its own weights, anew on every run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import numpy as np
import tensorflow as tf

from export.errors import ExportError
from export.graphs.layers import Array, as_map
from export.graphs.maps import Maps
from models.network import Conv2D, DepthwiseConv2D, Drawn, Dropped, Layer, Normal, Point, Posterior, Weight
from models.posterior import is_known


class SampledWeights:
    """Weights drawn inside the graph, by builtin operations of TFLite alone, for one image at a time.

    A dense layer draws its outputs rather than its weights: for one image that is the same distribution, and fewer
    random numbers (local reparameterisation, Kingma et al. 2015, arXiv 1506.02557). A convolution draws its kernel,
    which all positions share, and is a product of patches and kernels: XNNPACK would leave a convolution with a
    computed kernel to a slower one.
    """

    def __init__(self, posterior: Posterior, copies: int, seed: int | None) -> None:
        """Take a posterior.

        Args:
            posterior: what `read_posterior` returned.
            copies: number K of samples a run.
            seed: of a stream that a fresh interpreter repeats; None for the system's entropy.

        Raises:
            ExportError: a weight's posterior is no mean-field Normal, or the seed is negative.
        """
        if seed is not None and not 0 <= seed < 2**63:
            raise ExportError(f"graph seed: found {seed}, expected a whole number of at least 0")
        if is_known(posterior):
            raise ExportError(
                f"model {posterior.architecture!r}: every weight is known, so a graph has nothing to draw; "
                "export it as an ensemble of one with --samples 1"
            )
        for layer in posterior.layers:
            if any(isinstance(weight, Drawn) for weight in layer.weights.values()):
                raise ExportError(
                    f"layer {layer.name!r}: found a posterior that is no mean-field Normal, which a graph cannot "
                    "draw from; export it as stacked or ensemble"
                )
        self.copies = copies
        self._seed = seed
        self._streams = count(1)

    def known(self, layer: Layer[Weight]) -> Mapping[str, Array] | None:
        """Give a layer's weights if all of them are points."""
        points = {role: weight.value for role, weight in layer.weights.items() if isinstance(weight, Point)}
        return points if len(points) == len(layer.weights) else None

    def convolve(self, layer: Layer[Weight], operation: Conv2D, x: Maps) -> Maps:
        """Convolve: [1, h, w, copies * c] -> [1, h', w', K * filters]."""
        window = _window(layer.weights["kernel"])
        loc, scale = (_by_patch(values, window) for values in _moments(layer.weights["kernel"]))
        patches = _patches(x.by_sample(), window, operation)
        _, height, width, inputs = patches.shape
        filters = loc.shape[-1]
        patches = tf.reshape(patches, [-1, height * width, inputs])
        if x.copies == 1:  # every sample sees the same patches: one wide product
            noise = self._noise([inputs, self.copies, filters])
            kernel = tf.reshape(loc[:, None] + scale[:, None] * noise, [1, inputs, self.copies * filters])
        else:
            kernel = loc + scale * self._noise([self.copies, inputs, filters])
        values = patches @ kernel
        if "bias" in layer.weights:
            loc, scale = _moments(layer.weights["bias"])
            bias = loc + scale * self._noise([self.copies, filters])
            values += tf.reshape(bias, [values.shape[0], 1, values.shape[2]])
        if x.copies == 1:
            return replace(x, values=tf.reshape(values, [1, height, width, -1]), copies=self.copies)
        return x.from_samples(tf.reshape(values, [-1, height, width, filters]), self.copies)

    def multiply(self, layer: Layer[Weight], x: Maps) -> Maps:
        """Multiply flat maps: [1, h, w, copies * c] -> [1, 1, 1, K * units]."""
        loc, scale = _moments(layer.weights["kernel"])
        inputs = tf.reshape(x.by_sample(), [x.copies, loc.shape[0]])
        mean, variance = inputs @ loc, tf.square(inputs) @ np.square(scale)
        if "bias" in layer.weights:
            loc, scale = _moments(layer.weights["bias"])
            mean, variance = mean + loc, variance + np.square(scale)
        y = mean + tf.sqrt(variance) * self._noise([self.copies, mean.shape[1]])
        return replace(x, values=tf.reshape(y, [1, 1, 1, -1]), copies=self.copies)

    def convolve_depthwise(self, layer: Layer[Weight], operation: DepthwiseConv2D, x: Maps) -> Maps:
        """Refuse: no layer gives depthwise kernels a posterior."""
        raise TypeError(f"layer {layer.name!r}: found {operation} with sampled weights on {x.copies} copies")

    def rescale(self, layer: Layer[Weight], x: Maps) -> Maps:
        """Drop values: [1, h, w, copies * c] -> [1, h, w, K * c]."""
        mask = layer.weights["scale"]
        if not isinstance(mask, Dropped):
            raise TypeError(f"layer {layer.name!r}: found {type(mask).__name__}, expected Dropped")
        by_sample = x.by_sample()
        keep = 1 - as_map(mask.rate, by_sample.shape)
        uniform = self._uniform([self.copies, *keep.shape])
        if keep.ndim == 1:
            uniform = tf.reshape(uniform, [self.copies, 1, 1, *keep.shape])
        return x.from_samples(by_sample * (tf.floor(uniform + keep) / keep), self.copies)

    def _noise(self, shape: list[int]) -> tf.Tensor:
        """Draw standard Normals, by the transform of Box and Muller 1958.

        XNNPACK computes it, so that it takes less time than TFLite's own Normals. They end at 5.6 standard deviations.
        """
        half = -(-math.prod(shape) // 2)
        one, other = tf.split(self._uniform([2 * half]), 2)  # an index would be TFLite's own slow STRIDED_SLICE
        radius, angle = tf.sqrt(-2.0 * tf.math.log(1.0 - one)), 2.0 * np.pi * other
        normals = tf.concat([radius * tf.cos(angle), radius * tf.sin(angle)], axis=0)
        return tf.reshape(normals[: math.prod(shape)] if math.prod(shape) % 2 else normals, shape)

    def _uniform(self, shape: list[int]) -> tf.Tensor:
        # Seeds (0, 0) read the system's entropy; a stream of its own keeps one operation's numbers from another's.
        seeds = (0, 0) if self._seed is None else (self._seed, next(self._streams))
        return tf.raw_ops.RandomUniform(shape=shape, dtype=tf.float32, seed=seeds[0], seed2=seeds[1])


def _moments(weight: Weight) -> tuple[Array, Array]:
    match weight:
        case Normal(loc, scale):
            return loc, scale
        case Point(value):
            return value, np.zeros_like(value)
    raise TypeError(f"found {type(weight).__name__}, expected Normal or Point")


def _window(kernel: Weight) -> tuple[int, ...]:
    shape = _moments(kernel)[0].shape
    return shape[:2] if len(shape) == 4 else (1, 1)  # a dense layer on each position


def _by_patch(values: Array, window: tuple[int, ...]) -> Array:
    """[h, w, in, out] or [in, out] -> [w * h * in, out], in the order of `_patches`."""
    return values.reshape(*window, -1, values.shape[-1]).swapaxes(0, 1).reshape(-1, values.shape[-1])


def _patches(x: tf.Tensor, window: tuple[int, ...], operation: Conv2D) -> tf.Tensor:
    """Cut every window out: [B, h, w, c] -> [B, h', w', window_w * window_h * c].

    By slices: `tf.image.extract_patches` does not convert.
    """
    spans = [(size - 1) * dilation + 1 for size, dilation in zip(window, operation.dilations, strict=True)]
    if operation.padding == "SAME":
        margins = [
            max((-(-extent // stride) - 1) * stride + span - extent, 0)
            for extent, stride, span in zip(x.shape[1:3], operation.strides, spans, strict=True)
        ]
        x = tf.pad(x, [[0, 0], *([margin // 2, margin - margin // 2] for margin in margins), [0, 0]])
    for axis in (1, 2):
        stride, dilation, size = operation.strides[axis - 1], operation.dilations[axis - 1], window[axis - 1]
        last = x.shape[axis] - spans[axis - 1] + 1
        slices = [_slice(x, axis, slice(offset * dilation, offset * dilation + last, stride)) for offset in range(size)]
        x = tf.concat(slices, -1) if size > 1 else slices[0]
    return x


def _slice(x: tf.Tensor, axis: int, part: slice) -> tf.Tensor:
    return x[(slice(None),) * axis + (part,)]
