"""What a check lets pass: one table, read by the check and by whoever asks what an export promises."""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.bundle import CheckFigures, Quantisation


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Largest differences allowed between a bundle and the full model under the same weights.

    Attributes:
        probability: of any class probability of any sample.
        accuracy: of the predictive mean's accuracy, as a share.
    """

    probability: float
    accuracy: float


SAME_WEIGHTS = {
    Quantisation.NONE: Tolerance(probability=1e-5, accuracy=0.0005),
    Quantisation.FLOAT16: Tolerance(probability=2e-3, accuracy=0.002),
    Quantisation.DYNAMIC: Tolerance(probability=2e-2, accuracy=0.002),
    Quantisation.INT8: Tolerance(probability=5e-2, accuracy=0.002),
}
"""By how the graphs store their weights."""

OWN_DRAWS_ACCURACY = 0.003
"""Largest difference of accuracy between a bundle and the full model's own stochastic passes, as a share."""


def broken_tolerances(check: CheckFigures, quantisation: Quantisation) -> list[str]:
    """Say of every tolerance that a check breaks what was found and what was expected."""
    limits = SAME_WEIGHTS[quantisation]
    rows = [
        ("accuracy's distance to own draws", abs(check.bundle.accuracy - check.full_model.accuracy), OWN_DRAWS_ACCURACY)
    ]
    if check.same_weights:
        rows += [
            ("max |dp|", check.same_weights.max_dp, limits.probability),
            ("accuracy's distance", abs(check.bundle.accuracy - check.same_weights.accuracy), limits.accuracy),
        ]
    return [
        f"{check.data}: {name} {found:.2g}, expected at most {limit:g}" for name, found, limit in rows if found > limit
    ]
