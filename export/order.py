"""What is wanted of an export."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.manifest import Kind, Quantisation


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of an export.

    Attributes:
        kind: how the bundle carries the posterior.
        samples: number K of weight samples.
        quantisation: how weights are stored.
        seed: of the draw; the same seed gives the same bytes.
        graph_seed: of the stream that a graph of kind sampled draws from; None for the system's entropy.
        target_risk: share of errors allowed among images without a warning.
        alpha: share of label sets that may miss the true label.
        doubted: share of held-out images, the most doubtful, that carry a warning at the least.
    """

    kind: Kind = Kind.STACKED
    samples: int = 50
    quantisation: Quantisation = Quantisation.NONE
    seed: int = 0
    graph_seed: int | None = None
    target_risk: float = 0.005
    alpha: float = 0.01
    doubted: float = 0.0


@dataclass(frozen=True, slots=True)
class Holdout:
    """Images that were not trained on: float32 [N, h, w, c], and their labels, int64 [N]."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
