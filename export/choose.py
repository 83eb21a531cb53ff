"""Chooses what a graph of moments assumes, on held-out images, against draws of the full posterior."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind, Quantisation
from edge_app.runtime.prediction import Predictions
from export.distance import Distance, measure_distance
from export.errors import ExportError
from export.graphs.build import build_graphs, class_count
from export.options import Assumptions, ExportOptions
from models.network import Normal, Posterior
from train.evaluate import UNCALIBRATED_POINTS, predict_blocks

Array = NDArray[np.float32]

IMAGES = 200  # the most doubtful: on the others every graph is right
CHUNK = 50  # draws a graph: more would not stay in the processor's cache
REFERENCE_CHUNKS = 10
REFERENCE_SEED, YARDSTICK_SEED = 2_000_000, 3_000_000  # draws that no bundle is made of
ALIKE = 1.05  # ratio of distances below which the reference's own error hides which is smaller
TRAVELLING = tuple(Assumptions(0.9, channel, travel=True) for channel in (1.0, 0.9))
"""What costs as many passes as there are channels that are mixed, tried where nothing else comes near."""
NO_IMAGES = np.empty((0, 1, 1, 1), np.float32)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and how near it comes to 500 draws; beside it how near 200 and 50 other draws come."""

    assumptions: Assumptions
    moments: Distance
    draws_200: Distance
    draws_50: Distance

    def __str__(self) -> str:
        named = ", ".join(sorted(self.assumptions.background))
        background = f", of {named} what an even background makes" if named else ""
        travel = ", whose shared noise travels" if self.assumptions.travel else ""
        head = (
            f"moments: correlation of neighbours {self.assumptions.neighbours:g}, within a channel "
            f"{self.assumptions.channel:g}{travel}{background}; from {REFERENCE_CHUNKS * CHUNK} draws on the {IMAGES} "
            "most doubtful held-out images:"
        )
        rows = {"moments": self.moments, "200 draws": self.draws_200, "50 draws": self.draws_50}
        return "\n".join([head, *(f"  {name:<10}{distance}" for name, distance in rows.items())])


def choose_assumptions(posteriors: Sequence[Posterior], options: ExportOptions, images: Array) -> Choice:
    """Find the assumptions under which moments come nearest to the full posterior.

    Of candidates that are about equally near, the first is taken, which is the cheapest.

    Args:
        posteriors: what is exported, of one architecture.
        options: of kind moments; its number of points and its seed are used.
        images: held out from training, float32 [N, h, w, c].

    Raises:
        ExportError: the nearest candidate is farther off than 50 draws, or a layer's moments are not known.
    """
    candidates = list(list_candidates(posteriors[0]))
    doubtful = _most_doubtful(posteriors, replace(options, assumptions=candidates[0]), images)
    reference = _draw(posteriors, doubtful, REFERENCE_CHUNKS, REFERENCE_SEED)
    yardstick = _draw(posteriors, doubtful, 4, YARDSTICK_SEED)
    exact = predict_blocks(reference)
    draws_200 = measure_distance(predict_blocks(yardstick), exact)
    draws_50 = measure_distance(predict_blocks(yardstick[:, :CHUNK]), exact)

    def try_all(candidates: Sequence[Assumptions]) -> list[tuple[Assumptions, Distance]]:
        each = tqdm(candidates, "assumptions", disable=None)
        return [
            (one, measure_distance(_moments(posteriors, replace(options, assumptions=one), doubtful), exact))
            for one in each
        ]

    found = try_all(candidates)
    if not any(distance.within(draws_200) for _, distance in found):
        found += try_all(TRAVELLING)
    nearest = min(distance.ratio(draws_200) for _, distance in found)
    assumptions, distance = next(pair for pair in found if pair[1].ratio(draws_200) <= ALIKE * nearest)
    if not distance.within(draws_50):
        raise ExportError(
            f"model {posteriors[0].architecture!r}: moments are no good for it: found a distance to the full posterior "
            f"of {distance.ratio(draws_50):.2g} times that of 50 draws, expected at most 1; export it as stacked"
        )
    return Choice(assumptions, distance, draws_200, draws_50)


def list_candidates(posterior: Posterior) -> Iterator[Assumptions]:
    """Give assumptions to try, the cheapest first."""
    noisy = [
        layer.name for layer in posterior.layers if any(isinstance(weight, Normal) for weight in layer.weights.values())
    ]
    for background in ([frozenset(noisy[:1])] if len(noisy) > 2 else []) + [frozenset()]:
        for neighbours in (1.0, 0.6):
            for channel in (0.7, 0.55):
                yield Assumptions(neighbours, channel, background)


def _most_doubtful(posteriors: Sequence[Posterior], options: ExportOptions, images: Array) -> Array:
    doubt = _moments(posteriors, options, images).total_bits
    return images[np.argsort(-doubt, kind="stable")[:IMAGES]]


def _moments(posteriors: Sequence[Posterior], options: ExportOptions, images: Array) -> Predictions:
    probabilities = _run(posteriors, replace(options, quantisation=Quantisation.NONE), images)
    return predict_blocks(probabilities, UNCALIBRATED_POINTS)


def _draw(posteriors: Sequence[Posterior], images: Array, chunks: int, seed: int) -> Array:
    each = [
        ExportOptions(kind=Kind.STACKED, samples=-(-CHUNK // len(posteriors)) * len(posteriors), seed=seed + index)
        for index in range(chunks)
    ]
    return np.concatenate([_run(posteriors, options, images) for options in tqdm(each, "draws", disable=None)], axis=1)


def _run(posteriors: Sequence[Posterior], options: ExportOptions, images: Array) -> Array:
    graphs = build_graphs(posteriors, options, NO_IMAGES)
    signature = Signature(posteriors[0].input_shape, options.count, class_count(posteriors[0]))
    return Engine(graphs, signature).run(images)
