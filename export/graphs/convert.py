"""Turns a TensorFlow function of an image into a flatbuffer."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.python.convert_phase import ConverterError

from edge_app.runtime.manifest import Quantisation
from edge_app.runtime.quiet import silenced_native_log
from export.errors import ExportError
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

    Raises:
        ExportError: the converter cannot write it.
    """
    taken = "image" if len(shape) == 4 else "input"
    image = tf.TensorSpec(shape, tf.float32, name=taken)
    function = tf.function(forward, input_signature=[image], autograph=False).get_concrete_function()
    with silenced_native_log(), warnings.catch_warnings():
        # What the converter and its debugger warn of, users can do nothing about.
        warnings.simplefilter("ignore", UserWarning)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
        batches = np.repeat(precision.images[:, None], shape[0], axis=1)
        try:
            flatbuffer = SCHEMES[precision.quantisation].convert(converter, batches)
        except ConverterError as error:
            raise ExportError(_reason(str(error))) from None
    return with_signature(flatbuffer, output, [taken], [output])


def _reason(error: str) -> str:
    """Say in one line why the converter failed, of the many that it writes."""
    if unsupported := re.search(r"ops?: (.*)", error):
        return f"model: TFLite has no builtin operations for it ({unsupported[0]}); leave such layers out"
    found = re.search(r"error: (.*)", error)
    reason = found[1] if found else error.splitlines()[0]
    return f"model: TensorFlow's converter cannot write it ({reason}); choose another kind or number of samples"
