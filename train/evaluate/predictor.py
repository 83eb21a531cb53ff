"""What can be evaluated, and its predictions of a whole data set, made block by block."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.prediction import Predictions, Sampling, Thresholds, predict_batch

UNCALIBRATED: Final = Thresholds(math.inf, 1.0)
"""Of what promises nothing: no prediction carries a warning, every label set holds every class."""
UNCALIBRATED_POINTS: Final = replace(UNCALIBRATED, sampling=Sampling.EVEN)
"""The same for the points of a graph of moments, which are no independent draws."""
SHARD: Final = 10_000
"""Images that a predictor is given in one call. A data set of up to so many is one shard, whose class probabilities
[N, K, C] are all that is in memory of them."""
BLOCK: Final = 1000
"""Images whose predictions are computed at a time: intervals in float64 need several copies of [N, K, C]."""


class Predictor(Protocol):
    """Turns images into sampled class probabilities: a bundle's classifier or engine, a full model, ..."""

    def probabilities(self, images: NDArray[np.float32], /) -> NDArray[np.floating]:
        """Give class probabilities [N, K, C] of images, float32 [N, h, w, c], paper 1 and ink 0."""
        ...


def predict_all(
    predictor: Predictor, images: NDArray[np.float32], thresholds: Thresholds = UNCALIBRATED
) -> Predictions:
    """Predict every image of a data set, float32 [N, h, w, c], holding the probabilities of one shard at a time.

    Raises:
        ValueError: there is no image, or the predictor gives what is no probability.
    """
    shards = (images[start : start + SHARD] for start in range(0, len(images), SHARD))
    return join(predict_blocks(predictor.probabilities(shard), thresholds) for shard in shards)


def predict_blocks(probabilities: NDArray[np.floating], thresholds: Thresholds = UNCALIBRATED) -> Predictions:
    """Do the same as `predict_batch` for a large batch, [N, K, C], in a small part of the memory."""
    starts = range(0, len(probabilities), BLOCK)
    return join(predict_batch(probabilities[start : start + BLOCK], thresholds) for start in starts)


def join(parts: Iterable[Predictions]) -> Predictions:
    """Join the predictions of a data set's parts, in order: figures of what is joined are those of the whole, exactly.

    Raises:
        ValueError: there is no part.
    """
    batches = list(parts)
    if not batches:
        raise ValueError("found no image to predict_batch, expected at least one")
    names = [field.name for field in fields(Predictions)]
    return Predictions(**{name: np.concatenate([getattr(batch, name) for batch in batches]) for name in names})
