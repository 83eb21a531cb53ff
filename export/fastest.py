"""Chooses the fastest way to carry frozen samples, by timing graphs on this computer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge_app.runtime.bundle import LARGEST_GRAPH
from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind
from export.build import build_first
from export.errors import ExportError
from export.options import ExportOptions, Runtime
from export.reference import Reference
from export.timing import time_interleaved
from models.network import Samples
from models.posterior import draw_mixture

SMALL = 2**20  # bytes
"""All samples' weights of a small network stay in a second-level cache, and what a graph costs beside its arithmetic
weighs most: stacked is then the fastest, and nothing is timed."""
CHUNKS = (1, 5, 10, 25)  # of samples a graph
LARGEST = LARGEST_GRAPH // 2  # bytes of a graph's weights, where it holds more than one sample
ROUNDS = 4
MARGIN = 0.98
"""One file is simpler than several: another way than stacked must be faster by more than noise."""


@dataclass(frozen=True, slots=True)
class Fastest:
    """What was timed.

    Attributes:
        options: with the fastest kind.
        times: least milliseconds of one image, on one thread, by the samples that each graph holds.
    """

    options: ExportOptions
    times: dict[int, float]

    def __str__(self) -> str:
        count = self.options.count
        ways = (f"{count // chunk} graph(s) of {chunk} take {ms:.2f} ms" for chunk, ms in self.times.items())
        chosen = self.options.chunk if self.options.kind is Kind.ENSEMBLE else count
        return f"auto, K = {count}: {', '.join(ways)}: {self.options.kind}, {chosen} a graph"


def settle(reference: Reference, options: ExportOptions, images: NDArray[np.float32]) -> ExportOptions:
    """Choose the kind where it is left open; says so on standard error.

    What only one graph can have, such as a summary, is stacked, and so is a small network.

    Raises:
        ExportError: a chunk is asked for of another kind than ensemble.
    """
    if options.chunk != 1 and options.kind is not Kind.ENSEMBLE:
        raise ExportError(f"chunk: found {options.chunk}, expected it with kind ensemble alone; add --mode ensemble")
    if options.kind is not None:
        return options
    stacked = replace(options, kind=Kind.STACKED)
    if options.summary or options.carry or options.runtime is Runtime.MICRO:
        return stacked
    samples = draw_mixture(reference.posteriors, options.count, options.seed)
    if options.count == 1 or _bytes(samples) <= SMALL:
        return stacked
    fastest = choose_fastest(reference, options, images)
    tqdm.write(str(fastest), file=sys.stderr)
    return fastest.options


def choose_fastest(reference: Reference, options: ExportOptions, images: NDArray[np.float32]) -> Fastest:
    """Time one stacked graph, and ensembles whose graphs hold 1, 5, 10 or 25 samples, by turns on one image.

    Args:
        reference: what is exported.
        options: with the number of samples settled.
        images: held out from training, float32 [N, h, w, c].
    """
    ways = dict(open_ways(reference, options, images))
    batch = np.resize(images, (options.batch, *images.shape[1:]))
    return pick(options, {chunk: partial(engine.run, batch) for chunk, engine in ways.items()})


def open_ways(
    reference: Reference, options: ExportOptions, images: NDArray[np.float32]
) -> Iterator[tuple[int, Engine]]:
    """Open every way to share the samples out, by the number of samples that each graph holds.

    Of each way one graph is built, and opened as often as it takes: each copy has its weights in a place of its own, as
    different graphs would.
    """
    count = options.count
    each = _bytes(draw_mixture(reference.posteriors, count, options.seed)) // count
    fitting = {chunk for chunk in (*CHUNKS, count) if count % chunk == 0 and (chunk == 1 or chunk * each < LARGEST)}
    signature = Signature(reference.posteriors[0].input_shape, count, reference.width)
    for chunk in tqdm(sorted(fitting), "auto", unit="way", disable=None):
        graph = build_first(reference, replace(options, kind=Kind.ENSEMBLE, chunk=chunk), images)
        yield chunk, Engine({f"graph {number}": graph for number in range(count // chunk)}, signature)


def pick(options: ExportOptions, calls: Mapping[int, Callable[[], object]]) -> Fastest:
    """Time the ways, each called on one batch, by the number of samples that each graph holds."""
    found = time_interleaved(calls, ROUNDS, clock=time.thread_time)
    times = {chunk: float(values.min()) for chunk, values in found.items()}
    best = min(times, key=times.__getitem__)
    if times[best] > MARGIN * times.get(options.count, np.inf):
        return Fastest(replace(options, kind=Kind.STACKED), times)
    return Fastest(replace(options, kind=Kind.ENSEMBLE, chunk=best), times)


def _bytes(samples: Samples) -> int:
    return sum(values.nbytes for layer in samples.layers for values in layer.weights.values())
