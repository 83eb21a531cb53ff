"""Calibrates graphs on held-out inputs, and writes down what they promise: one way for each output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.manifest import AnyManifest, Kind, Manifest
from edge_app.runtime.multi_label import as_pairs
from edge_app.runtime.multi_label_manifest import LabelRule, MultiLabelManifest
from edge_app.runtime.regression_manifest import PredictionInterval, RegressionManifest
from export.calibrate import Calibration, calibrate
from export.calibrate_regression import calibrate_regression
from export.errors import ExportError
from export.options import ExportOptions
from models.outputs import Output

Truth = NDArray[Any]
Values = NDArray[np.float32]
Common = dict[str, Any]
"""The manifest's keys that all outputs have."""


@dataclass(frozen=True, slots=True)
class Calibrator:
    """What an output asks of its labels and its held-out truth, and how its manifest is made.

    Attributes:
        names: number of values V -> number of labels.
        require_truth: refuses truth that does not fit so many inputs and labels.
        describe: the common keys, what the graphs give on the held-out inputs, float32 [N, K, V], their truth, and the
            options -> the manifest.
    """

    names: Callable[[int], int]
    require_truth: Callable[[Truth, int, int], None]
    describe: Callable[[Common, Values, Truth, ExportOptions], AnyManifest]


def _require_classes(truth: Truth, count: int, classes: int) -> None:
    if (
        truth.shape != (count,)
        or not np.issubdtype(truth.dtype, np.integer)
        or truth.min() < 0
        or truth.max() >= classes
    ):
        raise ExportError(
            f"holdout: found labels {list(truth.shape)} from {truth.min()} to {truth.max()}, expected one from 0 to "
            f"{classes - 1} for each of {count} images"
        )


def require_quantities(truth: Truth, count: int, quantities: int) -> None:
    """Refuse what are no finite true values [count, quantities] of a regression.

    Raises:
        ExportError: the truth is of another shape or type, or not finite.
    """
    if (
        truth.shape != (count, quantities)
        or not np.issubdtype(truth.dtype, np.floating)
        or not np.isfinite(truth).all()
    ):
        raise ExportError(
            f"holdout: found labels {truth.dtype} {list(truth.shape)}, expected finite true values, a float "
            f"[{count}, {quantities}]"
        )


def require_states(truth: Truth, count: int, labels: int) -> None:
    """Refuse what does not say of each of so many labels whether it applies.

    Raises:
        ExportError: the truth is of another shape or type, or neither 0 nor 1.
    """
    if truth.shape != (count, labels) or not np.issubdtype(truth.dtype, np.integer) or not np.isin(truth, (0, 1)).all():
        raise ExportError(
            f"holdout: found labels {truth.dtype} {list(truth.shape)}, expected whole numbers [{count}, {labels}], 1 "
            "where a label applies and 0 where not"
        )


def _calibrate(values: Values, truth: Truth, options: ExportOptions) -> Calibration:
    return calibrate(
        values,
        truth,
        target_risk=options.target_risk,
        alpha=0.01 if options.alpha is None else options.alpha,
        doubted=options.doubted,
    )


def _describe_labels(common: Common, values: Values, truth: Truth, options: ExportOptions) -> MultiLabelManifest:
    each = [
        _calibrate(np.asarray(pair, np.float32), states, options)
        for pair, states in zip(as_pairs(values), truth.T, strict=True)
    ]
    rules = tuple(LabelRule(one.temperature, one.warning, one.conformal) for one in each)
    return MultiLabelManifest(**common, output="multi_label", rules=rules)


def _describe_classes(common: Common, values: Values, truth: Truth, options: ExportOptions) -> Manifest:
    calibration = _calibrate(values, truth, options)
    return Manifest(
        **common,
        temperature=calibration.temperature,
        warning=calibration.warning,
        conformal=calibration.conformal,
        entropy_counts=calibration.entropy_counts,
    )


def _describe_regression(
    output: Literal["mean", "mean_scale"],
) -> Callable[[Common, Values, Truth, ExportOptions], RegressionManifest]:
    def describe(common: Common, values: Values, truth: Truth, options: ExportOptions) -> RegressionManifest:
        kind: Kind = common["kind"]
        alpha = 0.05 if options.alpha is None else options.alpha
        calibration = calibrate_regression(values, truth, alpha=alpha, sampling=kind.sampling)
        return RegressionManifest(
            **common,
            output=output,
            noise=calibration.noise,
            interval=PredictionInterval(calibration.deviations, alpha, len(truth)),
        )

    return describe


CALIBRATORS: Final = {
    Output.PROBABILITIES: Calibrator(lambda width: width, _require_classes, _describe_classes),
    Output.MULTI_LABEL: Calibrator(lambda width: width, require_states, _describe_labels),
    Output.MEAN: Calibrator(lambda width: width, require_quantities, _describe_regression("mean")),
    Output.MEAN_SCALE: Calibrator(lambda width: width // 2, require_quantities, _describe_regression("mean_scale")),
}
"""Every output's."""
