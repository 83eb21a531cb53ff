"""Turns a TensorFlow function of an image into a flatbuffer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.manifest import Quantisation
from edge_app.quiet import silenced_native_log


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


def convert(forward: Forward, shape: tuple[int | None, int, int, int], precision: Precision) -> bytes:
    """Convert a function of float32 images of the given shape to builtin operations of TFLite."""
    image = tf.TensorSpec(shape, tf.float32, name="image")
    function = tf.function(forward, input_signature=[image]).get_concrete_function()
    with silenced_native_log(), warnings.catch_warnings():
        # The converter asks for statistics of images that it is given further down.
        warnings.filterwarnings("ignore", message="Statistics for quantized inputs", category=UserWarning)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
        _quantise(converter, precision)
        flatbuffer: bytes = converter.convert()
    return flatbuffer


def _quantise(converter: tf.lite.TFLiteConverter, precision: Precision) -> None:
    if precision.quantisation is Quantisation.NONE:
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    match precision.quantisation:
        case Quantisation.FLOAT16:
            converter.target_spec.supported_types = [tf.float16]
        case Quantisation.INT8:
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.representative_dataset = lambda: _one_by_one(precision.images)


def _one_by_one(images: NDArray[np.float32]) -> Iterator[list[NDArray[np.float32]]]:
    for image in images:
        yield [image[None]]
