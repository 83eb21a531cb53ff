"""What is wanted of an export, and what its warning is calibrated on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from numpy.typing import NDArray

from edge_app.runtime.manifest import Kind, Quantisation


class Runtime(StrEnum):
    """Whose kernels compute on the device; the warning is calibrated on them."""

    LITERT = "litert"
    MICRO = "micro"
    """TensorFlow Lite for Microcontrollers: sources in C are written beside the graph."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a graph of moments assumes where the exact answer would cost too much; chosen on held-out images.

    Attributes:
        neighbours: correlation of a channel's noise between the positions of one window, of a convolution or of
            pooling, from 0 to 1. At 1, maximum pooling takes the moments of the position with the largest mean.
        channel: correlation of a channel's noise between any two positions, in dense layers and global pooling.
        background: names of layers of whose weights' noise only that is carried which an even background makes, as one
            factor for each channel of a convolution; a dense layer's weights are taken at their means.
        travel: whether a channel's noise that later convolutions mix travels on as a factor of its own, which all of
            their outputs share; else it counts as independent in each of them.
    """

    neighbours: float = 0.9
    channel: float = 0.7
    background: frozenset[str] = frozenset()
    travel: bool = False


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is wanted of an export.

    Attributes:
        kind: how the bundle carries the posterior; None for the fastest here of those with frozen samples.
        samples: number K of weight samples, of kind moments of points; None for 50 (200 points), or for one of each
            model where all weights are known. Intervals between fewer than 39 samples cover less than 95 %.
        quantisation: how weights are stored.
        seed: of the draw, or of the points; the same seed gives the same bytes.
        graph_seed: of the stream that a graph of kind sampled draws from; None for the system's entropy.
        target_risk: share of errors allowed among images without a warning.
        alpha: share of label sets that may miss the true label, None for 0.01; or of prediction intervals that may miss
            the true value, None for 0.05.
        doubted: share of held-out images, the most doubtful, that carry a warning at the least.
        batch: number of images that a graph takes at a time.
        chunk: of kind ensemble, number of samples that each graph holds.
        summary: whether the graph itself gives what a device says of its samples: its signature is then `read`.
        carry: whether a stacked bundle carries its posterior, so that a device can draw anew.
        runtime: what computes on the device; micro takes one stacked graph of int8.
        assumptions: of kind moments; None to have them chosen on held-out images.
    """

    kind: Kind | None = Kind.STACKED
    samples: int | None = None
    quantisation: Quantisation = Quantisation.NONE
    seed: int = 0
    graph_seed: int | None = None
    target_risk: float = 0.005
    alpha: float | None = None
    doubted: float = 0.0
    batch: int = 1
    chunk: int = 1
    summary: bool = False
    carry: bool = False
    runtime: Runtime = Runtime.LITERT
    assumptions: Assumptions | None = None

    @property
    def way(self) -> Kind:
        """How the bundle carries the posterior, once it is settled."""
        if self.kind is None:
            raise TypeError("the kind is not settled yet; see `export.fastest.choose_fastest`")
        return self.kind

    @property
    def count(self) -> int:
        """Number K of samples, once it is settled."""
        if self.samples is None:
            raise TypeError("the number of samples is not settled yet; see `export.graphs.build.sample_count`")
        return self.samples


@dataclass(frozen=True, slots=True)
class Holdout:
    """Images, or other inputs, that were not trained on, and their truth.

    Of a model of one input they are float32 [N, ...], of several such arrays by the inputs' names.

    Of class probabilities the labels are int64 [N]; of a regression they are the true values, float [N, D];
    of several labels whole numbers [N, C], 1 where a label applies and 0 where not.
    """

    images: Any
    labels: NDArray[Any]
