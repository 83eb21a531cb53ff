"""Measures layer by layer where a stacked graph's time goes, and how near the core's peak each layer comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.runtime.manifest import Quantisation
from edge_app.runtime.quiet import silenced_native_log
from export.graphs.convert import Precision, convert
from export.graphs.layers import walk
from export.graphs.maps import Maps
from export.graphs.stacked import FrozenWeights
from export.timing import time_interleaved
from models.network import Flatten, Layer, Samples

SIDE = (
    512  # of the matrices whose product is the yardstick: they fit in the cache, and are large enough to be efficient
)
FAR = 64_000_000  # numbers that no cache holds
READINGS = 5


@dataclass(frozen=True, slots=True)
class LayerCost:
    """What one layer of a stacked graph costs.

    Attributes:
        name: the layer's.
        products: multiplications with a weight, of one image and all samples.
        weights: how many numbers it reads.
        ms: least time of one image.
    """

    name: str
    products: int
    weights: int
    ms: float

    @property
    def rate(self) -> float:
        """Products a second, in thousand millions."""
        return self.products / self.ms / 1e6


@dataclass(frozen=True, slots=True)
class Limits:
    """What the core can do at best.

    Attributes:
        rate: products a second, in thousand millions, of two matrices in the same runtime.
        memory: thousand million bytes that it reads a second of what is in no cache.
    """

    rate: float
    memory: float


def measure_layers(samples: Samples, precision: Precision, batch: int, rounds: int) -> tuple[list[LayerCost], Limits]:
    """Time graphs of the first layer, the first two, and so on, by turns; each layer's time is the difference.

    Args:
        samples: of the weights.
        precision: how the graphs store their numbers.
        batch: how many images at a time.
        rounds: of timing.

    Returns:
        Each layer's cost, and the limits.
    """
    weights = FrozenWeights(samples)
    image = tf.zeros((1, *samples.input_shape))
    layers = [pair for pair in walk(samples, weights, image) if not isinstance(pair[0].operation, Flatten)]
    graphs = list(_prefixes(samples, precision, batch))
    calls = {number: _open(graph) for number, graph in enumerate([*graphs, _product()])}
    times = {number: float(found.min()) for number, found in time_interleaved(calls, rounds).items()}
    ends = [times[number] / batch for number in range(len(graphs))]
    costs = [
        LayerCost(layer.name, *_size(layer, x), max(end - before, 1e-6))
        for (layer, x), end, before in zip(layers, ends, [0.0, *ends[:-1]], strict=True)
    ]
    return costs, Limits(SIDE**3 / times[len(graphs)] / 1e6, _memory_rate())


def render_layers(costs: Sequence[LayerCost], limits: Limits) -> str:
    """Give one line a layer, and one for all."""
    total = LayerCost(
        "all", sum(cost.products for cost in costs), sum(cost.weights for cost in costs), sum(cost.ms for cost in costs)
    )
    head = (
        f"{'layer':<12}{'million products':>18}{'weights, MB':>13}{'ms':>9}{'GMAC/s':>9}{'of the peak':>13}{'GB/s':>8}"
    )
    lines = [
        f"{cost.name:<12}{cost.products / 1e6:>18.2f}{4e-6 * cost.weights:>13.2f}{cost.ms:>9.3f}{cost.rate:>9.1f}"
        f"{cost.rate / limits.rate:>13.0%}{4e-6 * cost.weights / cost.ms:>8.1f}"
        for cost in (*costs, total)
    ]
    ends = [
        f"peak: {limits.rate:.1f} GMAC/s, a product of {SIDE} x {SIDE} matrices in float32",
        f"memory: {limits.memory:.1f} GB/s, reading {4e-6 * FAR:.0f} MB",
    ]
    return "\n".join([head, *lines, *ends])


def _memory_rate() -> float:
    numbers = np.ones(FAR, np.float32)
    numbers.max()  # the first reading maps the pages
    times = []
    for _ in range(READINGS):
        start = time.perf_counter()
        numbers.max()
        times.append(time.perf_counter() - start)
    return numbers.nbytes / min(times) / 1e9


def _prefixes(samples: Samples, precision: Precision, batch: int) -> Iterator[bytes]:
    for count, layer in enumerate(samples.layers, start=1):
        if not isinstance(layer.operation, Flatten):
            part = replace(samples, layers=samples.layers[:count])
            yield convert(partial(_last, part), (batch, *samples.input_shape), precision)


def _last(network: Samples, image: tf.Tensor) -> tf.Tensor:
    *_, (_, x) = walk(network, FrozenWeights(network), image)
    return x.values


def _product() -> bytes:
    matrix = np.random.default_rng(0).random((SIDE, SIDE), np.float32)

    def multiply(image: tf.Tensor) -> tf.Tensor:
        return tf.reshape(image, [SIDE, SIDE]) @ matrix

    return convert(multiply, (1, SIDE, SIDE, 1), Precision(Quantisation.NONE, np.empty((0, SIDE, SIDE, 1), np.float32)))


def _open(graph: bytes) -> Callable[[], None]:
    with silenced_native_log():
        interpreter = Interpreter(model_content=graph, num_threads=1)
        interpreter.allocate_tensors()
    image = interpreter.get_input_details()[0]
    values: NDArray[np.float32] = np.random.default_rng(0).random(image["shape"], np.float32)
    interpreter.set_tensor(image["index"], values)
    return interpreter.invoke  # type: ignore[no-any-return]  # LiteRT says nothing of types


def _size(layer: Layer[NDArray[np.float32]], x: Maps) -> tuple[int, int]:
    kernel = layer.weights.get("kernel")
    if kernel is None:
        return 0, sum(values[: x.copies].size for values in layer.weights.values())
    height, width = x.size
    used = kernel[: x.copies].size
    return used * height * width, sum(values[: x.copies].size for values in layer.weights.values())
