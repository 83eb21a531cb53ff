"""Opens a bundle and turns images into predictions; all that a program of one's own needs on a device.

    from edge_app.runtime import open_bundle

    digits = open_bundle("digits")
    prediction = digits.classify(image)  # float32 [28, 28, 1], paper 1 and ink 0
    print(digits.labels[prediction.label], prediction.interval, prediction.reason)

Where the graphs give a mean, or a mean and a scale:

    from edge_app.runtime import open_regressor

    house = open_regressor("bundles/house")
    estimate = house.estimate(features)  # float32, of the shape that `house.manifest.input` states
    print(house.labels, estimate.mean, estimate.low, estimate.high, estimate.aleatoric, estimate.epistemic)

It needs NumPy, msgspec and LiteRT; a name is imported when it is first used, so that what does without one of these
(the doctor, the error's type) runs where it is missing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge_app.runtime.bundle import Bundle, load_bundle
    from edge_app.runtime.classifier import Classifier, open_bundle
    from edge_app.runtime.errors import EdgeError
    from edge_app.runtime.multi_label import MultiLabelClassifier, open_multi_label
    from edge_app.runtime.prediction import (
        FEWEST_FOR_INTERVAL,
        Prediction,
        Predictions,
        Reason,
        Thresholds,
        predict,
        predict_batch,
    )
    from edge_app.runtime.regression import Estimate, Estimates, estimate, estimate_batch
    from edge_app.runtime.regressor import Regressor, open_regressor

__all__ = [
    "FEWEST_FOR_INTERVAL",
    "Bundle",
    "Classifier",
    "EdgeError",
    "Estimate",
    "Estimates",
    "MultiLabelClassifier",
    "Prediction",
    "Predictions",
    "Reason",
    "Regressor",
    "Thresholds",
    "estimate",
    "estimate_batch",
    "load_bundle",
    "open_bundle",
    "open_multi_label",
    "open_regressor",
    "predict",
    "predict_batch",
]

_MODULES = {
    "bundle": ("Bundle", "load_bundle"),
    "classifier": ("Classifier", "open_bundle"),
    "errors": ("EdgeError",),
    "multi_label": ("MultiLabelClassifier", "open_multi_label"),
    "prediction": (
        "FEWEST_FOR_INTERVAL",
        "Prediction",
        "Predictions",
        "Reason",
        "Thresholds",
        "predict",
        "predict_batch",
    ),
    "regression": ("Estimate", "Estimates", "estimate", "estimate_batch"),
    "regressor": ("Regressor", "open_regressor"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
