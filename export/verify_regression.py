"""Holds a regression's bundle against the full model on one data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle, manifest_of
from edge_app.runtime.engine import Kernels, open_engine
from edge_app.runtime.manifest import Kind, Positive, Quantisation
from edge_app.runtime.regression import estimate_batch, split_values
from edge_app.runtime.regression_manifest import RegressionManifest
from export.calibrate_regression import mixture_nll
from export.choose_regression import measure_gap, yardstick_of
from export.exportable import Exportable, make_reference, require_same
from export.manifests import require_quantities
from export.options import Holdout
from export.quantisation import SCHEMES
from export.reference import Reference
from export.tolerances import MOMENTS
from export.verify import same_weights
from models.outputs import Declared

PASSES = 200  # of the full model's own draws
KERNEL_INPUTS = 100
MOMENTS_DRAWS = 4000  # whose variance is uncertain by some 2 %
Values = NDArray[np.float32]


class RegressionScores(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one predictor does on one data set; each holds a number for each of D quantities.

    Root mean square error, in the quantity's unit; mean NLL of the samples' mixture, nats; share of true values inside
    the prediction's interval, and its mean width; means of the aleatoric and the epistemic variance, unit squared.
    """

    rmse: tuple[float, ...]
    nll: tuple[float, ...]
    coverage: tuple[float, ...]
    width: tuple[float, ...]
    aleatoric: tuple[float, ...]
    epistemic: tuple[float, ...]


class RegressionMomentsTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a graph of moments does against so many draws of the full model, on 100 inputs at most.

    Mean and deviation: mean difference of the predictive means, and of the epistemic standard deviations, in the draws'
    standard deviations, behind them those of 50 draws from the others; largest |ratio - 1| of a value's mean epistemic
    variance to the draws'.
    """

    draws: Positive
    mean: float
    deviation: float
    draws_mean: float
    draws_deviation: float
    variance_off: float

    @property
    def limits(self) -> tuple[tuple[str, float, float], ...]:
        """What is asked, by name, what was found of it and at most expected: as near as 50 draws, no scale 5 % off."""
        return (
            ("distance of means to the draws', in their deviations", self.mean, self.draws_mean),
            ("distance of deviations to the draws', in these", self.deviation, self.draws_deviation),
            ("|epistemic variance over the draws' - 1|", self.variance_off, MOMENTS["epistemic_ratio"]),
        )

    @property
    def passed(self) -> bool:
        """Whether all that is asked was found."""
        return all(found <= most for _, found, most in self.limits)


class RegressionFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an offline check found on one data set: the bundle beside so many own draws of the full model.

    Same weights: largest difference of a mean or scale between the two under the same weights, None of kind moments,
    which has none; and kernels: between LiteRT's XNNPACK kernels and its builtin ones; both over the largest size that
    the value has on this data. Moments: of that kind, what its test found.
    """

    data: str
    images: Positive
    passed: bool
    same_weights: float | None
    moments: RegressionMomentsTest | None
    kernels: float
    bundle: RegressionScores
    full_model: RegressionScores
    full_model_passes: Positive


def check_regression(
    bundle: Bundle,
    model: Exportable,
    data: Mapping[str, Holdout],
    *,
    samples: Sequence[Sequence[NDArray[Any]]] | None = None,
    output: Declared | None = None,
) -> tuple[RegressionFigures, ...]:
    """Hold a bundle against the model that it was made of, which is left as it was, on data sets by name.

    `model`, `samples` and `output` are what `to_bundle` was given.

    Raises:
        EdgeError: the bundle gives no mean.
        ExportError: the model is another one, or the true values do not fit the bundle.
        ModelError: the model cannot be served.
    """
    reference = make_reference(model, samples=samples, output=output)
    require_same(bundle.manifest, reference)
    return tuple(verify_regression(bundle, reference, name, each) for name, each in data.items())


def verify_regression(bundle: Bundle, reference: Reference, name: str, data: Holdout) -> RegressionFigures:
    """Hold a bundle against the full model; see `check_regression`."""
    manifest = manifest_of(bundle, RegressionManifest)
    inputs, truth = data.images, np.asarray(data.labels, np.float64)
    require_quantities(data.labels, len(inputs), len(manifest.labels))
    ours = open_engine(bundle).run(inputs)
    unit = np.abs(ours).max(axis=(0, 1))
    moments = manifest.kind is Kind.MOMENTS
    some = inputs[:KERNEL_INPUTS]
    tested = compare_values(ours[: len(some)], reference.many_draws(some, MOMENTS_DRAWS)) if moments else None
    expected = None if moments else np.stack(list(same_weights(reference, manifest, inputs)), axis=1)
    same = None if expected is None else float((np.abs(ours - expected) / unit).max())
    plain = open_engine(bundle, kernels=Kernels.BUILTIN).run(some)
    passes = len(reference.members) if reference.known else PASSES
    own = np.stack(list(reference.own_draws(inputs, passes)), axis=1)
    kernels = float((np.abs(ours[: len(some)] - plain) / unit).max())
    figures = RegressionFigures(
        data=name,
        images=len(inputs),
        passed=True,
        same_weights=same,
        moments=tested,
        kernels=kernels,
        bundle=score(ours, truth, manifest),
        full_model=score(own, truth, manifest),
        full_model_passes=passes,
    )
    return msgspec.structs.replace(figures, passed=not broken_limits(figures, manifest.quantisation))


def broken_limits(check: RegressionFigures, quantisation: Quantisation) -> list[str]:
    """Say of every limit that a check breaks what was found and what was expected."""
    limit = SCHEMES[quantisation].tolerance.sample
    rows = [("difference between kernels, over the largest value", check.kernels, limit)]
    if check.same_weights is not None:
        rows += [("difference under the same weights, over the largest value", check.same_weights, limit)]
    if check.moments:
        rows += check.moments.limits
    lines = (f"{check.data}: {name} {found:.2g}, expected at most {most:.2g}" for name, found, most in rows)
    return [line for line, (_, found, most) in zip(lines, rows, strict=True) if not found <= most]


def compare_values(ours: Values, draws: Values) -> RegressionMomentsTest:
    """Hold values at a graph's points, float32 [N, K, V], against the full model's own draws, float32 [N, M, V]."""
    gap, fifty = measure_gap(ours, draws), yardstick_of(draws)
    found, exact = (values.var(axis=1).mean(axis=0) for values in (ours, draws))
    off = np.abs(found / np.maximum(exact, np.finfo(np.float32).tiny) - 1)
    return RegressionMomentsTest(
        draws.shape[1], gap.mean, gap.deviation, fifty.mean, fifty.deviation, variance_off=float(off.max())
    )


def score(values: NDArray[np.float32], truth: NDArray[np.float64], manifest: RegressionManifest) -> RegressionScores:
    """Measure float32 [N, K, V] against true values [N, D], with a bundle's calibration."""
    found = estimate_batch(values, manifest.calibration)
    means, scales = split_values(values, truth.shape[1])
    noise = scales * manifest.noise
    nll = [mixture_nll(means[..., d], noise[..., d], truth[:, d]).mean() for d in range(truth.shape[1])]
    return RegressionScores(
        rmse=_each(np.sqrt(np.square(found.mean - truth).mean(axis=0))),
        nll=_each(np.array(nll)),
        coverage=_each(((truth >= found.low) & (truth <= found.high)).mean(axis=0)),
        width=_each((found.high - found.low).mean(axis=0)),
        aleatoric=_each(found.aleatoric.mean(axis=0)),
        epistemic=_each(found.epistemic.mean(axis=0)),
    )


def _each(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(values.tolist())
