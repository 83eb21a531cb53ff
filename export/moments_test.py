"""Tests a graph of moments against the full model's own draws, by what draws themselves miss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.figures import MomentsTest
from train.evaluate import UNCALIBRATED_POINTS, predict_blocks
from train.evaluate.agreement import total_variation

FEW = 50


def compare_moments(points: NDArray[np.float32], draws: NDArray[np.float32]) -> MomentsTest:
    """Hold class probabilities at a graph's points, float32 [N, K, C], against own draws, float32 [N, M, C].

    The yardstick is what groups of 50 of the draws miss of the others.
    """
    ours, full = predict_blocks(points, UNCALIBRATED_POINTS), predict_blocks(draws)
    starts = range(0, draws.shape[1] - FEW + 1, FEW)
    groups = [predict_blocks(draws[:, start : start + FEW]) for start in starts]
    others = [predict_blocks(np.delete(draws, np.s_[start : start + FEW], axis=1)) for start in starts]
    pairs = list(zip(groups, others, strict=True))
    return MomentsTest(
        draws=draws.shape[1],
        total_variation=total_variation(ours.mean, full.mean),
        draws_total_variation=float(np.mean([total_variation(few.mean, rest.mean) for few, rest in pairs])),
        other_label=float((ours.label != full.label).mean()),
        draws_other_label=float(np.mean([(few.label != rest.label).mean() for few, rest in pairs])),
        spread_ratio=float(ours.spread.mean() / full.spread.mean()),
        total_ratio=float(ours.total_bits.mean() / full.total_bits.mean()),
        aleatoric_ratio=float(ours.aleatoric_bits.mean() / full.aleatoric_bits.mean()),
        epistemic_ratio=float(ours.epistemic_bits.mean() / full.epistemic_bits.mean()),
    )
