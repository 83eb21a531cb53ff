"""Writes for people what a check found on one data set."""

from __future__ import annotations

from export.figures import CheckFigures
from export.verify_regression import RegressionFigures

SCORES = {
    "accuracy": "accuracy",
    "nll": "NLL, nats",
    "brier": "Brier",
    "ece": "ECE",
    "spread": "mean spread",
    "total_bits": "total entropy, bits",
    "aleatoric_bits": "aleatoric, bits",
    "epistemic_bits": "epistemic, bits",
}
ESTIMATES = {
    "rmse": "RMSE",
    "nll": "NLL, nats",
    "coverage": "inside the interval",
    "width": "interval's width",
    "aleatoric": "aleatoric variance",
    "epistemic": "epistemic variance",
}


def regression_table(check: RegressionFigures, quantities: tuple[str, ...]) -> str:
    """Give a regression's figures, a block for each of D quantities."""
    lines = [_head(check)]
    for number, quantity in enumerate(quantities):
        lines += [f"  {quantity}"]
        lines += [
            f"  {row:<22}{getattr(check.bundle, name)[number]:>10.4g}{getattr(check.full_model, name)[number]:>26.4g}"
            for name, row in ESTIMATES.items()
        ]
    if check.same_weights is not None:
        lines += [f"  under the same weights at most {check.same_weights:.1e} off, over the largest value"]
    if check.moments:
        near = check.moments
        lines += [
            f"  beside {near.draws} draws, and 50 of these beside the others, in their standard deviations:",
            f"  of the mean {near.mean:.4f} ({near.draws_mean:.4f})",
            f"  of the deviation {near.deviation:.4f} ({near.draws_deviation:.4f})",
            f"  epistemic variance over the draws' at most {near.variance_off:.3f} from 1",
        ]
    return "\n".join([*lines, f"  XNNPACK and builtin kernels at most {check.kernels:.1e} apart"])


def class_table(check: CheckFigures) -> str:
    """Give the figures of class probabilities, or of one label."""
    lines = [_head(check)]
    lines += [
        f"  {row:<22}{getattr(check.bundle, name):>10.4f}{getattr(check.full_model, name):>26.4f}"
        for name, row in SCORES.items()
    ]
    if check.same_weights:
        same = check.same_weights
        lines += [
            f"  under the same weights: same label {same.same_label:.2%}, accuracy {same.accuracy:.4f},",
            f"  |dp| max {same.max_dp:.1e}, 99.9 % {same.most_dp:.1e}, mean {same.mean_dp:.1e}",
            f"  of the predictive mean max {same.predictive_dp:.1e},",
            f"  mean difference of spread {same.spread:.1e}, of total entropy {same.entropy_bits:.1e} bits",
        ]
    if check.draws:
        draws = check.draws
        lines += [
            f"  {draws.draws:,} draws of {draws.images} doubtful images:",
            f"  same means p {draws.mean_p:.3f}, same spreads p {draws.spread_p:.3f},",
            f"  graph's spread over the full model's {draws.spread_ratio:.4f} +- {draws.spread_error:.4f}",
        ]
    if check.moments:
        near = check.moments
        lines += [
            f"  beside {near.draws} draws, and 50 of these beside the others:",
            f"  TV of the mean {near.total_variation:.4f} ({near.draws_total_variation:.4f})",
            f"  other label {near.other_label:.2%} ({near.draws_other_label:.2%})",
            f"  over the draws': spread {near.spread_ratio:.3f}, total {near.total_ratio:.3f}",
            f"  aleatoric {near.aleatoric_ratio:.3f}, epistemic {near.epistemic_ratio:.3f}",
        ]
    lines += [f"  max |dp| between XNNPACK and builtin kernels {check.kernels_max_dp:.1e}"]
    return "\n".join(lines)


def _head(check: CheckFigures | RegressionFigures) -> str:
    return (
        f"{check.data}, {check.images:,} images: {'passed' if check.passed else 'FAILED'}\n"
        f"  {'':<22}{'bundle':>10}{'full model, ' + str(check.full_model_passes) + ' passes':>26}"
    )
