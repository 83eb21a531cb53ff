"""Makes a bundle of a trained model: draw, build, calibrate, write."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tf_keras
from numpy.typing import NDArray

from edge_app.bundle import Input, Kind, Manifest, Origin, Quantisation, describe_graphs, write_bundle
from edge_app.engine import Engine, Signature
from export.calibrate import calibrate
from export.errors import ExportError
from export.graphs import build_ensemble, build_stacked
from models.network import Samples
from models.posterior import digest, draw_samples, read_posterior

LIBRARIES = ("bayes-edge", "tensorflow", "tf-keras", "tensorflow-probability", "ai-edge-litert", "numpy")
DIGITS = tuple("0123456789")


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of an export.

    Attributes:
        kind: how the bundle carries the posterior.
        samples: number K of weight samples.
        quantisation: how weights are stored.
        seed: of the draw; the same seed gives the same bytes.
        target_risk: share of errors allowed among images without a warning.
        alpha: share of label sets that may miss the true label.
    """

    kind: Kind = Kind.STACKED
    samples: int = 50
    quantisation: Quantisation = Quantisation.NONE
    seed: int = 0
    target_risk: float = 0.005
    alpha: float = 0.01


@dataclass(frozen=True, slots=True)
class Holdout:
    """Images that were not trained on: float32 [N, h, w, c], and their labels, int64 [N]."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]


def to_bundle(
    model: tf_keras.Sequential,
    path: Path,
    holdout: Holdout,
    order: Order,
    *,
    labels: tuple[str, ...] = DIGITS,
    replace: bool = False,
) -> Manifest:
    """Export a trained model's posterior.

    Args:
        model: a tf_keras Sequential that ends in class probabilities or a distribution over one-hot labels.
        path: the bundle folder to make.
        holdout: what the warning is calibrated on.
        order: what is wanted.
        labels: the classes' names.
        replace: put the new bundle in the place of an existing one.

    Raises:
        ModelError: the model cannot be exported.
        ExportError: the order cannot be met.
        EdgeError: the bundle cannot be written.
    """
    posterior = read_posterior(model)
    samples = draw_samples(posterior, order.samples, order.seed)
    graphs = build_graphs(samples, order)
    engine = Engine(graphs, Signature(posterior.input_shape, order.samples, len(labels)))
    calibration = calibrate(
        engine.probabilities(holdout.images), holdout.labels, target_risk=order.target_risk, alpha=order.alpha
    )
    manifest = Manifest(
        format="bayes-edge",
        version=1,
        kind=order.kind,
        samples=order.samples,
        input=Input(shape=posterior.input_shape, dtype="float32", paper=1.0, ink=0.0),
        labels=labels,
        files=describe_graphs(graphs),
        quantisation=order.quantisation,
        posterior=Origin(architecture=posterior.architecture, sha256=digest(posterior), seed=order.seed),
        temperature=calibration.temperature,
        warning=calibration.warning,
        conformal=calibration.conformal,
        check=(),
        versions={name: importlib.metadata.version(name) for name in LIBRARIES},
    )
    write_bundle(path, manifest, graphs, replace=replace)
    return manifest


def build_graphs(samples: Samples, order: Order) -> dict[str, bytes]:
    """Build the graphs that an order asks for: file name -> flatbuffer.

    Raises:
        ExportError: the kind is not served.
    """
    match order.kind:
        case Kind.STACKED:
            return {"stacked.tflite": build_stacked(samples)}
        case Kind.ENSEMBLE:
            return {f"sample_{index:04}.tflite": graph for index, graph in enumerate(build_ensemble(samples))}
    raise ExportError(f"--mode: found {order.kind}, expected stacked or ensemble")
