"""Turns a TensorFlow function of an image into a flatbuffer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.runtime.manifest import Quantisation
from edge_app.runtime.quiet import silenced_native_log


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
    function = tf.function(forward, input_signature=[image], autograph=False).get_concrete_function()
    with silenced_native_log(), warnings.catch_warnings():
        # What the converter and its debugger warn of, users can do nothing about.
        warnings.simplefilter("ignore", UserWarning)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
        flatbuffer: bytes = _convert(converter, precision)
    return flatbuffer


def _convert(converter: tf.lite.TFLiteConverter, precision: Precision) -> bytes:
    if precision.quantisation is not Quantisation.NONE:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    match precision.quantisation:
        case Quantisation.FLOAT16:
            converter.target_spec.supported_types = [tf.float16]
        case Quantisation.INT8:
            return _convert_to_int8(converter, precision.images)
    flatbuffer: bytes = converter.convert()
    return flatbuffer


def _convert_to_int8(converter: tf.lite.TFLiteConverter, images: NDArray[np.float32]) -> bytes:
    """Convert all but the softmax: class probabilities in steps of 1/256 would leave no interval of a sure reading."""
    converter.representative_dataset = lambda: _one_by_one(images)
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=converter.representative_dataset,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=["SOFTMAX"]),
    )
    flatbuffer: bytes = debugger.get_nondebug_quantized_model()
    return flatbuffer


def _one_by_one(images: NDArray[np.float32]) -> Iterator[list[NDArray[np.float32]]]:
    for image in images:
        yield [image[None]]
