"""Builds the graphs of what is exported: by our own layers, or by the model itself where they do not describe it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge_app.runtime.manifest import Kind
from export.graphs.build import RANGE_IMAGES, build_graphs, build_members, build_values
from export.graphs.convert import Precision
from export.graphs.stacked import select
from export.graphs.whole import build_whole
from export.options import ExportOptions
from export.reference import Reference
from models.network import Samples
from models.posterior import draw_mixture


def build(reference: Reference, options: ExportOptions, images: NDArray[np.float32]) -> dict[str, bytes]:
    """Build all graphs of an export; see `export.graphs.build.build_graphs`.

    Raises:
        ExportError: what is wanted cannot be built.
    """
    if not reference.whole:
        return build_graphs(reference.posteriors, options, images)
    if options.kind is Kind.MOMENTS:
        return build_values(reference.headed(), options, images)
    first = reference.posteriors[0]
    tqdm.write(f"model {first.architecture!r}: has layers that are not ours; it is traced as it is", file=sys.stderr)
    samples = draw_mixture(reference.posteriors, options.count, options.seed)
    return _trace(reference, samples, range(options.count), options, images)


def build_first(reference: Reference, options: ExportOptions, images: NDArray[np.float32]) -> bytes:
    """Build the first of the graphs that an ensemble would have; the others take as long to run.

    Raises:
        ExportError: it cannot be built.
    """
    samples, first = draw_mixture(reference.posteriors, options.count, options.seed), range(options.chunk)
    if reference.whole:
        stacked = replace(options, kind=Kind.STACKED)
        return next(iter(_trace(reference, samples, first, stacked, images).values()))
    precision = Precision(options.quantisation, images[:RANGE_IMAGES])
    return build_members(select(samples, first), options.chunk, precision, options.batch)[0]


def _trace(
    reference: Reference,
    samples: Samples,
    indices: Sequence[int],
    options: ExportOptions,
    images: NDArray[np.float32],
) -> dict[str, bytes]:
    copies = list(reference.frozen(samples, indices, options.batch))
    return build_whole(copies, samples.input_shape, options, images, reference.output)
