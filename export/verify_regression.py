"""Holds a regression's bundle against the full model on one data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle, manifest_of
from edge_app.runtime.engine import Kernels, open_engine
from edge_app.runtime.manifest import Positive
from edge_app.runtime.regression import estimate_batch, split_values
from edge_app.runtime.regression_manifest import RegressionManifest
from export.calibrate_regression import mixture_nll
from export.manifests import require_quantities
from export.options import Holdout
from export.quantisation import SCHEMES
from export.reference import Exportable, Reference, make_reference, require_same
from models.outputs import Declared
from models.posterior import draw_mixture

PASSES = 200  # of the full model's own draws
KERNEL_INPUTS = 100


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


class RegressionFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an offline check found on one data set: the bundle beside so many own draws of the full model.

    Same weights: largest difference of a mean or scale between the two under the same weights, and kernels: between
    LiteRT's XNNPACK kernels and its builtin ones; both over the largest size that the value has on this data.
    """

    data: str
    images: Positive
    passed: bool
    same_weights: float
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
    drawn = draw_mixture(reference.posteriors, manifest.samples, manifest.posterior.seed)
    rounded = SCHEMES[manifest.quantisation].weights == "float16"
    full = np.stack(list(reference.same_weights(drawn, inputs, range(manifest.samples), rounded=rounded)), axis=1)
    plain = open_engine(bundle, kernels=Kernels.BUILTIN).run(inputs[:KERNEL_INPUTS])
    passes = len(reference.members) if reference.known else PASSES
    own = np.stack(list(reference.own_draws(inputs, passes)), axis=1)
    same = float((np.abs(ours - full) / unit).max())
    kernels = float((np.abs(ours[:KERNEL_INPUTS] - plain) / unit).max())
    limit = SCHEMES[manifest.quantisation].tolerance.sample
    return RegressionFigures(
        data=name,
        images=len(inputs),
        passed=same <= limit and kernels <= limit,
        same_weights=same,
        kernels=kernels,
        bundle=score(ours, truth, manifest),
        full_model=score(own, truth, manifest),
        full_model_passes=passes,
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
