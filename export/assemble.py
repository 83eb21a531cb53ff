"""Makes a bundle of a trained model: draw, build, calibrate, write."""

from __future__ import annotations

import importlib.metadata
import sys
from dataclasses import replace as with_changes
from pathlib import Path

import numpy as np
import tf_keras
from tqdm import tqdm

from edge_app.runtime.bundle import require_place
from edge_app.runtime.carried import encode_carried
from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import VERSION, Input, Kind, Manifest, Origin
from export.calibrate import calibrate
from export.carry import carry_posterior
from export.choose import choose_assumptions
from export.errors import ExportError
from export.graphs.build import build_graphs, class_count
from export.graphs.convert import Precision
from export.order import Holdout, Order
from export.seal import seal_bundle
from models.network import Network, Posterior
from models.posterior import digest
from models.read_model import read_posterior

LIBRARIES = ("bayes-edge", "tensorflow", "tf-keras", "tensorflow-probability", "ai-edge-litert", "numpy")
DIGITS = tuple("0123456789")
DEFAULT_ORDER = Order()
RANGE_IMAGES = 200  # enough for the range of every activation


def to_bundle(
    model: tf_keras.Sequential | Posterior,
    path: Path,
    holdout: Holdout,
    order: Order = DEFAULT_ORDER,
    *,
    labels: tuple[str, ...] = DIGITS,
    replace: bool = False,
) -> Manifest:
    """Export a trained model's posterior.

    Args:
        model: a tf_keras Sequential that ends in class probabilities or a distribution over one-hot labels; or the
            posterior of a run.
        path: the bundle folder to make.
        holdout: what the warning is calibrated on.
        order: what is wanted.
        labels: the classes' names.
        replace: put the new bundle in the place of an existing one.

    Raises:
        ModelError: the model cannot be exported.
        ExportError: the order cannot be met, or the holdout or the labels do not fit the model.
        EdgeError: the bundle cannot be written.
    """
    require_place(path, replace=replace)
    posterior = model if isinstance(model, Network) else read_posterior(model)
    _require_fit(holdout, labels, posterior.input_shape, class_count(posterior))
    if order.kind is Kind.MOMENTS and order.assumptions is None:
        choice = choose_assumptions(posterior, order, holdout.images)
        tqdm.write(str(choice), file=sys.stderr)
        order = with_changes(order, assumptions=choice.assumptions)
    precision = Precision(order.quantisation, holdout.images[:RANGE_IMAGES])
    graphs = build_graphs(posterior, order, precision)
    carried = encode_carried(carry_posterior(posterior, order, graphs, precision)) if order.carry else None
    engine = Engine(graphs, Signature(posterior.input_shape, order.samples, len(labels)))
    calibration = calibrate(
        engine.probabilities(holdout.images),
        holdout.labels,
        target_risk=order.target_risk,
        alpha=order.alpha,
        doubted=order.doubted,
    )
    manifest = Manifest(
        format="bayes-edge",
        version=VERSION,
        kind=order.kind,
        samples=order.samples,
        input=Input(shape=posterior.input_shape, dtype="float32", paper=1.0, ink=0.0),
        labels=labels,
        files=(),
        quantisation=order.quantisation,
        posterior=Origin(architecture=posterior.architecture, sha256=digest(posterior), seed=order.seed),
        temperature=calibration.temperature,
        warning=calibration.warning,
        conformal=calibration.conformal,
        versions={name: importlib.metadata.version(name) for name in LIBRARIES},
    )
    return seal_bundle(path, manifest, graphs, carried, replace=replace)


def _require_fit(holdout: Holdout, labels: tuple[str, ...], shape: tuple[int, ...], classes: int) -> None:
    if len(labels) != classes:
        raise ExportError(f"labels: found {len(labels)} names, expected {classes}, one for each class of the model")
    images, truth = holdout.images, holdout.labels
    if images.dtype != np.float32 or images.shape[1:] != shape or len(images) == 0:
        raise ExportError(
            f"holdout: found images {images.dtype} {list(images.shape)}, expected float32 [N, "
            f"{', '.join(map(str, shape))}], N at least 1"
        )
    if truth.shape != images.shape[:1] or truth.min() < 0 or truth.max() >= classes:
        raise ExportError(
            f"holdout: found labels {list(truth.shape)} from {truth.min()} to {truth.max()}, expected one from 0 to "
            f"{classes - 1} for each of {len(images)} images"
        )
