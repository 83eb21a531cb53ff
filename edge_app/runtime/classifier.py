"""Opens a bundle and classifies images with it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle, load_bundle
from edge_app.runtime.engine import open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.files import is_there
from edge_app.runtime.prediction import Prediction, Predictions, predict, predict_batch, require_distributions, temper
from edge_app.runtime.signature import require_signed
from edge_app.runtime.trial import require_trial

SHIPPED: Final = Path(__file__).parents[1] / "bundles"


class Classifier:
    """A bundle ready to run.

    Attributes:
        bundle: what it runs.
        manifest: what the bundle says of itself.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Load the bundle's graphs.

        Args:
            bundle: what `load_bundle` returned.
            threads: how many threads LiteRT may use.

        Raises:
            EdgeError: LiteRT cannot load a graph, or its tensors do not fit the manifest.
        """
        self.bundle = bundle
        self.manifest = bundle.manifest
        self._engine = open_engine(bundle, threads=threads)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the C classes; a prediction's `label` is an index into them."""
        return self.manifest.labels

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
        if not np.isfinite(images).all():  # a graph of moments would make numbers of it
            raise ValueError("images: found a value that is not finite, expected finite ones")
        raw = self._engine.probabilities(images)
        try:
            require_distributions(raw)
        except ValueError as error:
            raise EdgeError(f"{self.bundle.path}: its graph is broken ({error}); export the bundle again") from None
        return temper(raw, self.manifest.temperature)


def open_bundle(where: str | Path, *, threads: int = 1, verify_key: Path | None = None) -> Classifier:
    """Open a bundle, ready to classify images.

    Args:
        where: its folder; or one `.tflite` that holds all samples; or, where there is no such file or folder, the name
            of a bundle that is shipped: "digits".
        threads: how many threads LiteRT may use.
        verify_key: a public key in a PEM file, with which the bundle must be signed (`signature`); None for no matter.

    Raises:
        EdgeError: there is no such bundle, it is no good, or it is not signed with the key; one that is not shipped and
            was not seen here before is first tried in a process of its own (`trial`).
    """
    path = Path(where)
    shipped = SHIPPED / path.name
    if not is_there(path) and path.name == str(where) and is_there(shipped):
        path = shipped
    bundle = load_bundle(path)
    if verify_key is not None:
        require_signed(bundle, verify_key)
    if not path.resolve().is_relative_to(SHIPPED):
        require_trial(bundle)
    return Classifier(bundle, threads=threads)
