"""Times larger networks: python tests/export/speed_of_kinds.py lenet [--samples 10] [--sampled] [--layers].

By turns, on one thread, the least processor time of one image. What `auto` chooses was timed before, by itself.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import numpy as np

from export import ExportOptions  # before TensorFlow, whose start-up messages it holds back

import tensorflow as tf  # isort: skip
import corpus_models as corpus
import tensorflow_probability as tfp
import tf_keras

from edge_app.runtime.manifest import Kind, Quantisation
from export.bench.contenders import Contender, Subject, carry, onnx_runtime
from export.bench.layers import _open, measure_layers, render_layers
from export.bench.row import Row
from export.exportable import make_reference
from export.fastest import open_ways, pick
from export.graphs.convert import Precision, convert
from export.graphs.sampled import SampledWeights
from export.graphs.stacked import count_samples
from export.timing import time_interleaved
from models.network import Activate, Activation, Conv2D, Dense, GlobalPool2D, Samples
from models.posterior import draw_mixture

L = tf_keras.layers
tfpl = tfp.layers

ROUNDS = 4
CLASSES = 10
SAMPLED, ONNX, NUMBERS, EIGHT_BITS = "sampled", "ONNX Runtime", "its random numbers", "stacked, dynamic"


def lenet(kit: corpus.Kit) -> Any:
    """LeNet-5: 61,706 weights."""
    maps = [kit.conv(6, 5), L.MaxPooling2D(2), kit.conv(16, 5), L.MaxPooling2D(2), L.Flatten()]
    flat = [kit.dense(120, "relu"), kit.dense(84, "relu"), kit.dense(CLASSES, "softmax")]
    return corpus.sequential(*maps, *flat, shape=(32, 32, 1))


def vgg(kit: corpus.Kit) -> Any:
    """Three blocks of two convolutions: 550,570 weights."""
    maps = []
    for filters in (32, 64, 128):
        maps += [kit.conv(filters, 3, padding="same"), kit.conv(filters, 3, padding="same"), L.MaxPooling2D(2)]
    flat = [L.Flatten(), kit.dense(128, "relu"), kit.dense(CLASSES, "softmax")]
    return corpus.sequential(*maps, *flat, shape=(32, 32, 3))


def plain20(kit: corpus.Kit) -> Any:
    """The convolutions of ResNet-20 without its shortcuts, which our own layers describe: 269,034 weights."""
    strides = [1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1]
    body = [kit.conv(16 << number // 6, 3, strides=stride, padding="same") for number, stride in enumerate(strides)]
    first = kit.conv(16, 3, padding="same")
    last = kit.dense(CLASSES, "softmax")
    return corpus.sequential(first, *body, L.GlobalAveragePooling2D(), last, shape=(32, 32, 3))


def resnet20(kit: corpus.Kit) -> Any:
    """ResNet-20 (He et al. 2015, arXiv 1512.03385) with projections, traced as it is."""

    def block(x: Any, filters: int, stride: int) -> Any:
        y = kit.conv(filters, 3, strides=stride, padding="same")(x)
        y = kit.conv(filters, 3, padding="same", activation=None)(y)
        if stride > 1:
            x = kit.conv(filters, 1, strides=stride, padding="same", activation=None)(x)
        return L.ReLU()(L.Add()([x, y]))

    blocks = [partial(block, filters=f, stride=2 if f > 16 and n == 0 else 1) for f in (16, 32, 64) for n in range(3)]
    last = [L.GlobalAveragePooling2D(), kit.dense(CLASSES, "softmax")]
    return corpus.functional(kit.conv(16, 3, padding="same"), *blocks, *last, shape=(32, 32, 3))


def write_resnet20(samples: Samples) -> bytes:
    """Write weights of `resnet20` down for ONNX Runtime, side by side, as `build_onnx` does those of our layers."""
    from export.bench.onnx_graph import Writer  # noqa: PLC0415 - an optional extra

    height, width, channels = samples.input_shape
    writer = Writer(count_samples(samples), (height, width), channels)
    convolutions = [layer for layer in samples.layers if layer.name.startswith("conv")]
    made = iter(sorted(convolutions, key=lambda layer: _number(layer.name)))
    first, last = next(made), next(layer for layer in samples.layers if layer.name.startswith("dense"))

    def convolve(layer: Any, stride: int, activation: Activation) -> str:
        writer.add_layer(replace(layer, operation=Conv2D((stride, stride), "SAME", (1, 1), activation)))
        return writer.last

    convolve(first, 1, Activation.RELU)
    for filters in (16, 32, 64):
        for number in range(3):
            stride = 2 if filters > 16 and number == 0 else 1
            shortcut, start = writer.last, (writer.last, writer.size, writer.channels)
            convolve(next(made), stride, Activation.RELU)
            body = convolve(next(made), 1, Activation.LINEAR)
            if stride > 1:
                writer.last, writer.size, writer.channels = start
                shortcut = convolve(next(made), stride, Activation.LINEAR)
                shortcut, body = body, shortcut
            writer.add_sum(shortcut)
            writer.add_layer(replace(first, operation=Activate(Activation.RELU)))
    writer.add_layer(replace(first, operation=GlobalPool2D("average")))
    writer.add_layer(replace(last, operation=Dense(Activation.SOFTMAX)))
    return writer.finish(samples.input_shape)


def onnx_resnet20(subject: Subject, samples: int) -> Contender:
    """Run the weights of `resnet20` in ONNX Runtime, where that is installed."""
    row = Row(way=ONNX, samples=samples, quantisation=Quantisation.NONE, threads=1)
    if not importlib.util.find_spec("onnxruntime"):
        return Contender(msgspec.structs.replace(row, status="not installed; pip install 'bayes-edge[bench]'"))
    from export.bench.onnx_graph import OnnxEngine  # noqa: PLC0415 - an optional extra

    engine = OnnxEngine(write_resnet20(draw_mixture(subject.reference.posteriors, samples, seed=0)), 1)
    return Contender(row, engine.probabilities)


def _number(name: str) -> int:
    """Give the number that Keras put behind a layer's name."""
    return int(name.rpartition("_")[2]) if name[-1].isdigit() else 0


def draw_numbers(posterior: Any, samples: int) -> Callable[[], None]:
    """Open a graph that draws a Normal for each weight and sample, and does nothing else."""
    weights = sum(weight.loc.size for layer in posterior.layers for weight in layer.weights.values())

    def forward(image: tf.Tensor) -> tf.Tensor:
        noise = SampledWeights(posterior, samples, None)._noise([samples, weights])
        return tf.reduce_max(noise, axis=1)[None] + image[0, 0, 0, 0]

    precision = Precision(Quantisation.NONE, np.zeros((0, 1, 1, 1), np.float32))
    return _open(convert(forward, (1, *posterior.input_shape), precision))


def _require_same(onnx: Contender, first: Callable[[], Any], image: Any) -> None:
    """Require that ONNX Runtime computes the same network: both have the first sample first."""
    if onnx.predict:
        np.testing.assert_allclose(onnx.predict(image)[0], first()[0, 0], atol=1e-4)


NETWORKS = {"lenet": lenet, "vgg": vgg, "plain20": plain20, "resnet20": resnet20}


def main(arguments: list[str] | None = None) -> int:
    """Time as the command line says."""
    parser = argparse.ArgumentParser(description="Time larger networks in every way to carry frozen samples.")
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--samples", type=int, nargs="+", default=[10, 50], help="numbers K (default: 10 50)")
    parser.add_argument("--sampled", action="store_true", help="time kind sampled too")
    parser.add_argument("--layers", action="store_true", help="time the stacked graph layer by layer too")
    options = parser.parse_args(arguments)
    reference = make_reference(NETWORKS[options.network](corpus.Kit(plain=False)))
    image = np.random.default_rng(0).random((1, *reference.posteriors[0].input_shape), np.float32)
    subject = Subject(reference, image, threads=1)
    for samples in options.samples:
        wanted = ExportOptions(None, samples)
        ways = {chunk: partial(engine.run, image) for chunk, engine in open_ways(reference, wanted, image)}
        chosen = pick(wanted, ways).options
        yardstick = onnx_resnet20 if options.network == "resnet20" else onnx_runtime
        others = {ONNX: yardstick(subject, samples)}
        _require_same(others[ONNX], ways[1], image)
        others[EIGHT_BITS] = carry(subject, ExportOptions(Kind.STACKED, samples, Quantisation.DYNAMIC))
        if options.sampled:
            others[SAMPLED] = carry(subject, ExportOptions(Kind.SAMPLED, samples))
        calls: dict[Any, Any] = dict(ways)
        if options.sampled:
            calls[NUMBERS] = draw_numbers(reference.posteriors[0], samples)
        calls |= {name: partial(way.predict, image) for name, way in others.items() if way.predict}
        least = {name: values.min() for name, values in time_interleaved(calls, ROUNDS, time.thread_time).items()}
        auto = least[chosen.chunk if chosen.kind is Kind.ENSEMBLE else samples]
        best = min(least[chunk] for chunk in ways)
        print(
            f"{options.network}, K = {samples}: auto {auto:.2f} ms, {auto / best:.3f} times the fastest; {chosen.kind}"
        )
        for name, ms in least.items():
            what = name if isinstance(name, str) else f"{samples // name} graph(s) of {name}"
            print(f"  {what:<20}{ms:>9.2f} ms, auto takes {auto / ms:.2f} times as long")
        for name, way in others.items():
            if not way.predict:
                print(f"  {name}: {way.row.status}")
        if options.layers and not reference.whole:
            drawn = draw_mixture(reference.posteriors, samples, seed=0)
            print(render_layers(*measure_layers(drawn, Precision(Quantisation.NONE, image), 1, ROUNDS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
