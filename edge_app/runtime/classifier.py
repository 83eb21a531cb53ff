"""Opens a bundle and classifies images with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.opening import open_trusted
from edge_app.runtime.prediction import Prediction, Predictions, predict, predict_batch, require_distributions, temper
from edge_app.runtime.ready import Ready


class Classifier(Ready[Manifest]):
    """A bundle of class probabilities, ready to run; a prediction's `label` is an index into its `labels`."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Load the bundle's graphs; see `Ready`."""
        super().__init__(bundle, Manifest, threads)

    def classify(self, image: NDArray[np.float32]) -> Prediction:
        """Read one image.

        Args:
            image: float32 [h, w, c], of the shape and with the values for paper and ink that `manifest.input` states.

        Raises:
            ValueError: the image is of another shape or type, or holds what is no finite number.
            EdgeError: a graph puts out what is no distribution over the classes.
        """
        return predict(self.probabilities(image[None])[0], self.manifest.thresholds)

    def classify_batch(self, images: NDArray[np.float32]) -> Predictions:
        """Read a batch of images, float32 [N, h, w, c]; see `classify`."""
        return predict_batch(self.probabilities(images), self.manifest.thresholds)

    def probabilities(self, images: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give every sample's class probabilities, tempered as calibrated, float64 [N, K, C].

        Args:
            images: float32 [N, h, w, c]; see `classify`.

        Raises:
            ValueError: the images are of another shape or type, or hold what is no finite number.
            EdgeError: a graph puts out what is no distribution over the classes.
        """
        return temper(self._run(images, require_distributions), self.manifest.temperature)


def open_bundle(where: str | Path, *, threads: int = 1, verify_key: Path | None = None) -> Classifier:
    """Open a bundle, ready to classify images.

    Args:
        where: its folder; or one `.tflite` that holds all samples; or, where there is no such file or folder, the name
            of a bundle that is shipped: "digits".
        threads: how many threads LiteRT may use.
        verify_key: a public key in a PEM file, with which the bundle must be signed (`signature`); None for no matter.

    Raises:
        EdgeError: there is no such bundle, it is no good, it gives no class probabilities, or it is not signed with the
            key; one that is not shipped and was not seen here before is first tried in a process of its own (`trial`).
    """
    return Classifier(open_trusted(where, verify_key=verify_key), threads=threads)
