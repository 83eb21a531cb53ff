"""Reads digits' images with a bundle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.engine import Engine, Kernels, Signature
from edge_app.runtime.prediction import Prediction, predict, temper


def open_engine(bundle: Bundle, *, threads: int = 1, kernels: Kernels = Kernels.XNNPACK) -> Engine:
    """Load a bundle's graphs; see `Engine`."""
    manifest = bundle.manifest
    names = [str(source) for source in bundle.sources]
    signature = Signature(manifest.input.shape, manifest.samples, len(manifest.labels))
    return Engine(dict(zip(names, bundle.graphs, strict=True)), signature, threads=threads, kernels=kernels)


class Classifier:
    """A bundle ready to run."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Load the bundle's graphs.

        Args:
            bundle: what `load_bundle` returned.
            threads: how many threads LiteRT may use.

        Raises:
            EdgeError: LiteRT cannot load a graph, or its tensors do not fit the manifest.
        """
        self.manifest = bundle.manifest
        self._engine = open_engine(bundle, threads=threads)

    def probabilities(self, images: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give every sample's class probabilities, tempered as calibrated, float64 [N, K, C].

        Args:
            images: float32 [N, 28, 28, 1], paper 1 and ink 0.
        """
        return temper(self._engine.probabilities(images), self.manifest.temperature)

    def classify(self, images: NDArray[np.float32]) -> Prediction:
        """Read a batch of images; see `probabilities` and `prediction.predict`."""
        return predict(self.probabilities(images), self.manifest.thresholds)
