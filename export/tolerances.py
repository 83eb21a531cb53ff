"""What a check lets pass. What depends on how numbers are stored stands in `export.quantisation`."""

from __future__ import annotations

import math

from edge_app.runtime.manifest import AnyManifest
from export.figures import CheckFigures
from export.quantisation import SCHEMES

OWN_DRAWS_ACCURACY = 0.003
"""Of accuracy, between a bundle of 50 samples and the full model's own draws on 10,000 images, as a share."""

TEST_LEVEL = 0.001
"""At which a sampled graph's draws are tested: how often a right graph fails, half for means and half for spreads."""


MOMENTS = {
    # Scales 5 % too large make 10 % more of epistemic bits and 5 % more spread; a layer's noise that is left out takes
    # more away. 200 draws leave both uncertain by 1 or 2 %.
    "spread_ratio": 0.05,
    "epistemic_ratio": 0.07,
    # Most of these is what the means alone say.
    "total_ratio": 0.03,
    "aleatoric_ratio": 0.03,
}
"""How far from 1 a graph of moments' doubt may be, over the draws'; its means, and their labels, may be as far from the
draws' as those of 50 draws are from the others'."""


def own_draws_accuracy(samples: int, images: int) -> float:
    """Give the tolerance for another number of samples and images: both make for noise that falls as a square root."""
    return OWN_DRAWS_ACCURACY * math.sqrt(max(1.0, 50 / samples) * max(1.0, 10_000 / images))


def broken_tolerances(check: CheckFigures, manifest: AnyManifest) -> list[str]:
    """Say of every tolerance that a check breaks what was found and what was expected."""
    limits = SCHEMES[manifest.quantisation].tolerance
    own = own_draws_accuracy(manifest.samples, check.images)
    rows = [
        (
            "accuracy's distance to the full model's own draws",
            abs(check.bundle.accuracy - check.full_model.accuracy),
            own,
        )
    ]
    # Of moments too: their roots and exponentials differ by no more (2.4e-6 on corrupted digits and on random noise).
    rows += [("max |dp| between kernels", check.kernels_max_dp, limits.sample)]
    if check.moments:
        near = check.moments
        rows += [
            ("TV of the mean to the full model's", near.total_variation, near.draws_total_variation),
            ("share of other labels", near.other_label, near.draws_other_label),
        ]
        rows += [(f"|{name} - 1|", abs(getattr(near, name) - 1), most) for name, most in MOMENTS.items()]
    if check.same_weights:
        rows += [
            ("max |dp|", check.same_weights.max_dp, limits.sample),
            ("max |dp| of the predictive mean", check.same_weights.predictive_dp, limits.predictive),
            ("accuracy's distance", abs(check.bundle.accuracy - check.same_weights.accuracy), limits.accuracy),
        ]
    lines = [
        f"{check.data}: {name} {found:.2g}, expected at most {limit:.2g}"
        for name, found, limit in rows
        if not found <= limit
    ]
    if check.draws:
        limit = TEST_LEVEL / 2
        pairs = (("means", check.draws.mean_p), ("spreads", check.draws.spread_p))
        lines += [
            f"{check.data}: the draws' {name} differ from the full model's, p {p:.1e}, expected at least {limit:g}"
            for name, p in pairs
            if p < limit
        ]
    return lines
