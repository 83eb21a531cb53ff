"""One row of the benchmark."""

from __future__ import annotations

import msgspec

from edge_app.runtime.manifest import Quantisation


class Quality(msgspec.Struct, frozen=True):
    """What a way of prediction keeps of the posterior.

    Attributes:
        accuracy: of the predictive mean.
        nll: of the predictive mean, nats.
        ece: of the predictive mean.
        total_variation: mean distance of the predictive mean to that of 2,000 samples, 0 to 1.
        coverage: how often the 95 % interval of the predicted class covers the next draw.
    """

    accuracy: float
    nll: float
    ece: float
    total_variation: float
    coverage: float


class Row(msgspec.Struct, frozen=True):
    """One way of prediction, at one K and one quantisation.

    Attributes:
        way: how the posterior is carried: a kind of bundle, or what it is held against.
        samples: K.
        quantisation: how numbers are stored.
        threads: how many LiteRT may use.
        status: `ok`, or why there are no figures.
        bytes: of all graphs.
        delegates: parts of a graph that XNNPACK computes; 1 when it computes all of it in one go, 0 for none.
        p50_ms: median time of one image.
        p95_ms: 95 percentile of it.
        quality: None for a way that was only timed.
    """

    way: str
    samples: int
    quantisation: Quantisation
    threads: int
    status: str = "ok"
    bytes: int | None = None
    delegates: int | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    quality: Quality | None = None
