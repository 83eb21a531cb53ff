"""Opens a bundle of labels of which any number may apply, and reads them: each is a question of two classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.multi_label_manifest import MultiLabelManifest
from edge_app.runtime.opening import open_trusted
from edge_app.runtime.prediction import Prediction, Predictions, predict_batch, require_distributions, temper
from edge_app.runtime.ready import Ready


class MultiLabelClassifier(Ready[MultiLabelManifest]):
    """A bundle of C labels, ready to run; there is a prediction for each of its `labels`."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Load the bundle's graphs; see `Ready`."""
        super().__init__(bundle, MultiLabelManifest, threads)

    def classify(self, inputs: NDArray[np.float32]) -> tuple[Prediction, ...]:
        """Read one input: a prediction for each label, whose class is 1 where the label applies and 0 where not.

        Args:
            inputs: float32, of the shape that `manifest.input` states.

        Raises:
            ValueError: the input is of another shape or type, or holds what is no finite number.
            EdgeError: a graph puts out what is no probability.
        """
        return tuple(predictions[0] for predictions in self.classify_batch(inputs[None]))

    def classify_batch(self, inputs: NDArray[np.float32]) -> tuple[Predictions, ...]:
        """Read a batch, float32 [N, ...]: the predictions of each label in turn; see `classify`."""
        pairs = as_pairs(self._run(inputs, lambda raw: require_distributions(as_pairs(raw))))
        return tuple(
            predict_batch(temper(pair, rule.temperature), thresholds)
            for pair, rule, thresholds in zip(pairs, self.manifest.rules, self.manifest.thresholds, strict=True)
        )


def as_pairs(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give the probabilities that a label does not apply and that it does: [N, K, C] -> float64 [C, N, K, 2]."""
    p = np.moveaxis(np.asarray(probabilities, np.float64), -1, 0)
    return np.stack([1.0 - p, p], axis=-1)


def open_multi_label(where: str | Path, *, threads: int = 1, verify_key: Path | None = None) -> MultiLabelClassifier:
    """Open a bundle of labels, ready to read; see `open_trusted`."""
    return MultiLabelClassifier(open_trusted(where, verify_key=verify_key), threads=threads)
