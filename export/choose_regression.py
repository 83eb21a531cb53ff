"""Chooses what a regression's graph of moments assumes, on held-out inputs, against draws of the full model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge_app.runtime.engine import Engine, Signature
from export.build import build
from export.choose import ALIKE, CHUNK, REFERENCE_SEED, list_candidates
from export.distance import LEAST
from export.errors import ExportError
from export.options import Assumptions, ExportOptions
from export.reference import Reference

Array = NDArray[np.floating]

INPUTS = 100
DRAWS = 2000  # one draw's error is much the same for all inputs, so that fewer would judge by luck


@dataclass(frozen=True, slots=True)
class Gap:
    """How far values are from the draws', on average over inputs and values, in the draws' standard deviations.

    Attributes:
        mean: of the predictive means.
        deviation: of the epistemic standard deviations.
    """

    mean: float
    deviation: float

    def __str__(self) -> str:
        return f"mean {self.mean:.3f}, standard deviation {self.deviation:.3f}"

    def ratio(self, other: Gap) -> float:
        """The larger of the ratios to the other's; what is below a millionth is rounding."""
        return max(self.mean / max(other.mean, LEAST), self.deviation / max(other.deviation, LEAST))


@dataclass(frozen=True, slots=True)
class RegressionChoice:
    """What was chosen, and how near it comes to 2,000 draws; beside it how near 50 of these come to the others."""

    assumptions: Assumptions
    moments: Gap
    draws_50: Gap

    def __str__(self) -> str:
        return (
            f"moments: {DRAWS} draws on {INPUTS} held-out inputs at most, differences in standard deviations:\n"
            f"  moments   {self.moments}\n  50 draws  {self.draws_50}"
        )


def choose_for_regression(
    reference: Reference, options: ExportOptions, inputs: NDArray[np.float32]
) -> RegressionChoice:
    """Find the assumptions under which moments come nearest to the full posterior; see `export.choose`.

    Raises:
        ExportError: the nearest candidate is farther off than 50 draws are on average, or a layer's moments are not
            known.
        ModelError: the model has no moments.
    """
    posteriors = [headed.body for headed in reference.headed()]
    some = inputs[np.linspace(0, len(inputs) - 1, min(INPUTS, len(inputs))).astype(int)]
    candidates = list(list_candidates(posteriors[0])) if some.ndim == 4 else [Assumptions()]
    # As they will be stored: a small variance may be nothing in float16.
    found = [
        (each, _run(reference, replace(options, assumptions=each), some)) for each in tqdm(candidates, disable=None)
    ]
    draws = reference.many_draws(some, DRAWS, REFERENCE_SEED)
    gaps = [(each, measure_gap(values, draws)) for each, values in found]
    yardstick = yardstick_of(draws)
    nearest = min(gap.ratio(yardstick) for _, gap in gaps)
    if nearest > 1:
        raise ExportError(
            f"model {posteriors[0].architecture!r}: moments are no good for it: found a distance to the full posterior "
            f"of {nearest:.2g} times that of {CHUNK} draws, expected at most 1; export it as stacked, "
            "or, if it is in float16, in float32"
        )
    assumptions, gap = next(pair for pair in gaps if pair[1].ratio(yardstick) <= ALIKE * nearest)
    return RegressionChoice(assumptions, gap, yardstick)


def measure_gap(ours: Array, draws: Array) -> Gap:
    """Measure how far a graph's values, [N, K, V], are from draws, [N, M, V]; of values that vary."""
    exact = draws.std(axis=1)
    unit = np.maximum(exact.mean(axis=0), np.finfo(np.float32).tiny)
    return Gap(
        mean=float((np.abs(ours.mean(axis=1) - draws.mean(axis=1)) / unit).mean()),
        deviation=float((np.abs(ours.std(axis=1) - exact) / unit).mean()),
    )


def yardstick_of(draws: Array) -> Gap:
    """Measure how far groups of 50 draws are from the others, on average."""
    groups = [np.s_[start : start + CHUNK] for start in range(0, draws.shape[1] - CHUNK + 1, CHUNK)]
    gaps = [measure_gap(draws[:, group], np.delete(draws, group, axis=1)) for group in groups]
    return Gap(float(np.mean([gap.mean for gap in gaps])), float(np.mean([gap.deviation for gap in gaps])))


def _run(reference: Reference, options: ExportOptions, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    graphs = build(reference, options, inputs)
    return Engine(graphs, Signature(inputs.shape[1:], options.count, reference.width)).run(inputs)
