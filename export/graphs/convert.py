"""Turns a TensorFlow function of an image into a flatbuffer."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.runtime.manifest import Quantisation
from edge_app.runtime.quiet import silenced_native_log
from export.flatbuffer import PROBABILITIES, with_signature
from export.quantisation import SCHEMES


@dataclass(frozen=True, slots=True)
class Precision:
    """How a graph stores its numbers.

    Attributes:
        quantisation: of weights, and for int8 of activations too; images and probabilities stay float32.
        images: training images from which int8 learns the activations' ranges, float32 [N, h, w, c].
    """

    quantisation: Quantisation
    images: NDArray[np.float32]


Forward = Callable[[tf.Tensor], tf.Tensor]


def convert(forward: Forward, shape: tuple[int, ...], precision: Precision, output: str = PROBABILITIES) -> bytes:
    """Convert a function of float32 images, or other inputs, of the given shape to builtin operations of TFLite.

    The graph's signature is named after its output: `image`, or `input` where it is none, -> `probabilities`. Its
    batch is fixed, which is what LiteRT's compiled models ask for, in a browser above all.
    """
    taken = "image" if len(shape) == 4 else "input"
    image = tf.TensorSpec(shape, tf.float32, name=taken)
    function = tf.function(forward, input_signature=[image], autograph=False).get_concrete_function()
    with silenced_native_log(), warnings.catch_warnings():
        # What the converter and its debugger warn of, users can do nothing about.
        warnings.simplefilter("ignore", UserWarning)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
        batches = np.repeat(precision.images[:, None], shape[0], axis=1)
        flatbuffer = SCHEMES[precision.quantisation].convert(converter, batches)
    return with_signature(flatbuffer, output, [taken], [output])
