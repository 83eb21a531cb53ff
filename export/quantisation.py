"""What each quantisation means to an export: all that depends on it, in one table.

Its name, which a bundle's manifest gives, is `edge_app.runtime.manifest.Quantisation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge_app.runtime.manifest import Quantisation

Convert = Callable[[tf.lite.TFLiteConverter, NDArray[np.float32]], bytes]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Largest differences allowed between a bundle and the full model under the same weights.

    Attributes:
        sample: of any class probability of any sample.
        predictive: of any class probability of the predictive mean, which is what a user sees.
        accuracy: of the predictive mean's accuracy, as a share.
    """

    sample: float
    predictive: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Scheme:
    """How graphs are quantised, and what that may cost.

    Attributes:
        convert: runs a converter; the batches of images are those from which integers learn the activations' ranges,
            float32 [N, batch, h, w, c].
        weights: the type in which a graph holds weights as they are, but for rounding; None for integers, which depend
            on the ranges of each sample.
        activations: the type that layers hand on.
        tolerance: what a check lets pass.
        rounding: how far it may take the mean class probabilities of four samples before anything is written: more is
            another network's. What it costs on a data set, the check tells.
        line: its line in the benchmark's plot.
    """

    convert: Convert
    weights: Literal["float32", "float16"] | None
    activations: Literal["float", "integer"]
    tolerance: Tolerance
    rounding: float
    line: str


def _to_float32(converter: tf.lite.TFLiteConverter, _: NDArray[np.float32]) -> bytes:
    flatbuffer: bytes = converter.convert()
    return flatbuffer


def _to_float16(converter: tf.lite.TFLiteConverter, images: NDArray[np.float32]) -> bytes:
    converter.target_spec.supported_types = [tf.float16]
    return _to_dynamic(converter, images)


def _to_dynamic(converter: tf.lite.TFLiteConverter, _: NDArray[np.float32]) -> bytes:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    flatbuffer: bytes = converter.convert()
    return flatbuffer


def _to_int8(converter: tf.lite.TFLiteConverter, batches: NDArray[np.float32]) -> bytes:
    """Convert all but the softmax: class probabilities in steps of 1/256 would leave no interval of a sure reading."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _one_by_one(batches)
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=converter.representative_dataset,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=["SOFTMAX"]),
    )
    flatbuffer: bytes = debugger.get_nondebug_quantized_model()
    return flatbuffer


def _one_by_one(batches: NDArray[np.float32]) -> Iterator[list[NDArray[np.float32]]]:
    for batch in batches:
        yield [batch]


SCHEMES = {
    Quantisation.NONE: Scheme(
        _to_float32, "float32", "float", Tolerance(sample=1e-5, predictive=1e-5, accuracy=0.0005), rounding=0, line="-"
    ),
    # A check rounds the full model's weights as the graphs store them.
    Quantisation.FLOAT16: Scheme(
        _to_float16,
        "float16",
        "float",
        Tolerance(sample=1e-5, predictive=1e-5, accuracy=0.0005),
        rounding=0.02,
        line="--",
    ),
    # Activations of 8 bits move a logit by some tenths, and half a probability by a quarter of that. The shipped
    # posterior's largest of millions: 0.06 and 0.12; 99.9 % are below 0.025 and 0.041.
    Quantisation.DYNAMIC: Scheme(
        _to_dynamic, None, "float", Tolerance(sample=0.1, predictive=2e-2, accuracy=0.002), rounding=0.1, line=":"
    ),
    Quantisation.INT8: Scheme(
        _to_int8, None, "integer", Tolerance(sample=0.15, predictive=5e-2, accuracy=0.002), rounding=0.2, line="-."
    ),
}
"""Every quantisation's."""
