"""Makes the posterior that a stacked bundle carries, so that a device can draw anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.carried import Carried, Place, Plan
from edge_app.runtime.embed import pack_graph, unpack_graph, without_conversion_record
from edge_app.runtime.manifest import Kind
from edge_app.runtime.redraw import write_samples
from export.errors import ExportError
from export.graphs.build import RANGE_IMAGES, build_stacked
from export.graphs.convert import Precision
from export.options import ExportOptions
from export.quantisation import SCHEMES
from models.network import Drawn, Dropped, Normal, Posterior
from models.posterior import draw_samples

FEW = 3  # samples of the graph that shows what depends on their number


def carry_posterior(
    posteriors: Sequence[Posterior], options: ExportOptions, graphs: Mapping[str, bytes], images: NDArray[np.float32]
) -> Carried:
    """Find where a graph holds its samples and their number, and prove it.

    A graph of three samples is built and compared; then the posterior is redrawn into the graph at three samples, which
    must give that graph byte for byte.

    Args:
        posteriors: what was exported, one.
        options: of kind stacked.
        graphs: what was built by it.
        images: that it was built with.

    Raises:
        ExportError: the posterior or the graph cannot be carried.
    """
    precision = Precision(options.quantisation, images[:RANGE_IMAGES])
    dtype = SCHEMES[precision.quantisation].weights
    if dtype is None:
        raise ExportError(
            f"{precision.quantisation}: integers depend on the samples, so none are drawn anew; use float16"
        )
    if options.kind is not Kind.STACKED:
        raise ExportError(f"{options.kind}: carries no samples to be drawn anew; choose --mode stacked")
    if len(posteriors) > 1:
        raise ExportError(f"samples: come of {len(posteriors)} posteriors, of which none is carried; leave it out")
    posterior = posteriors[0]
    for layer in posterior.layers:
        if any(isinstance(weight, Drawn | Dropped) for weight in layer.weights.values()):
            raise ExportError(f"layer {layer.name!r}: found a posterior that is no mean-field Normal; leave it out")
    (graph,) = map(without_conversion_record, graphs.values())
    few = without_conversion_record(build_stacked(draw_samples(posterior, FEW, options.seed), precision))
    small, large = unpack_graph(few), unpack_graph(graph)
    places = tuple(_find_weights(posterior, options.seed, small, dtype))
    weights = {place.buffer for place in places}
    plan = Plan(
        places,
        tuple(_extents(small, large, options.count)),
        tuple(_constants(small, large, options.count, weights)),
    )
    normals = [posterior.layers[place.index].weights[place.role] for place in places]
    carried = Carried(plan, tuple((normal.loc, normal.scale) for normal in normals if isinstance(normal, Normal)))
    for content, count in ((few, FEW), (graph, options.count)):
        rewritten = unpack_graph(graph)
        write_samples(rewritten, carried, options.count, count, options.seed)
        if pack_graph(rewritten) != content:
            raise ExportError(
                f"model {posterior.architecture!r}: its graph cannot be rewritten with other samples; leave "
                "--carry-posterior out"
            )
    return carried


def _find_weights(posterior: Posterior, seed: int, graph: Any, dtype: Literal["float32", "float16"]) -> Iterator[Place]:
    """Find every weight of a posterior by its samples' own bytes."""
    stored: dict[bytes, list[int]] = {}
    for number, buffer in enumerate(graph.buffers):
        if buffer.data is not None:
            stored.setdefault(bytes(buffer.data), []).append(number)
    samples = draw_samples(posterior, FEW, seed)
    for index, layer in enumerate(posterior.layers):
        for role, weight in layer.weights.items():
            if not isinstance(weight, Normal):
                continue
            values = samples.layers[index].weights[role]
            found = {
                (buffer, axes)
                for axes in permutations(range(values.ndim))
                for buffer in stored.get(np.ascontiguousarray(values.transpose(axes), dtype).tobytes(), [])
            }
            if not found:
                raise ExportError(
                    f"layer {layer.name!r}: its {role} is not in the graph as it was drawn; leave --carry-posterior out"
                )
            buffer, axes = min(found)
            yield Place(layer.name, index, role, buffer, axes, dtype)


def _extents(small: Any, large: Any, samples: int) -> Iterator[tuple[int, int, int]]:
    """Give tensors' axes that grow with the number of samples."""
    tensors = zip(small.subgraphs[0].tensors, large.subgraphs[0].tensors, strict=True)
    for number, (few, many) in enumerate(tensors):
        for axis, (short, long) in enumerate(zip(few.shape, many.shape, strict=True)):
            if short != long:
                yield number, axis, _multiple(int(short), int(long), samples)


def _constants(small: Any, large: Any, samples: int, weights: set[int]) -> Iterator[tuple[int, int, int]]:
    """Give integers that grow with the number of samples, such as those of a new shape."""
    for number, (few, many) in enumerate(zip(small.buffers, large.buffers, strict=True)):
        if number in weights or few.data is None or bytes(few.data) == bytes(many.data):
            continue
        if len(few.data) != len(many.data) or len(few.data) % 4:
            raise ExportError(f"buffer {number}: depends on the samples; leave --carry-posterior out")
        pairs = zip(*(np.frombuffer(bytes(buffer.data), np.int32) for buffer in (few, many)), strict=True)
        for element, (short, long) in enumerate(pairs):
            if short != long:
                yield number, element, _multiple(int(short), int(long), samples)


def _multiple(short: int, long: int, samples: int) -> int:
    if short % FEW or long != short // FEW * samples:
        raise ExportError(f"found {long} where {FEW} samples have {short}; leave --carry-posterior out")
    return short // FEW
