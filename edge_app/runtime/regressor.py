"""Opens a bundle of a regression and estimates quantities with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.opening import open_trusted
from edge_app.runtime.ready import Ready
from edge_app.runtime.regression import Estimate, Estimates, estimate, estimate_batch, split_values
from edge_app.runtime.regression_manifest import RegressionManifest


class Regressor(Ready[RegressionManifest]):
    """A bundle of a regression, ready to run; its `labels` are the names of the D quantities."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Load the bundle's graphs; see `Ready`."""
        super().__init__(bundle, RegressionManifest, threads)

    def estimate(self, inputs: NDArray[np.float32]) -> Estimate:
        """Estimate the quantities of one input.

        Args:
            inputs: float32, of the shape that `manifest.input` states.

        Raises:
            ValueError: the input is of another shape or type, or holds what is no finite number.
            EdgeError: a graph puts out what is no mean, or no scale.
        """
        return estimate(self.values(inputs[None])[0], self.manifest.calibration)

    def estimate_batch(self, inputs: NDArray[np.float32]) -> Estimates:
        """Estimate the quantities of a batch, float32 [N, ...]; see `estimate`."""
        return estimate_batch(self.values(inputs), self.manifest.calibration)

    def values(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give every sample's values as the graphs have them, float32 [N, K, V]: means, and scales behind them.

        Raises:
            ValueError: the inputs are of another shape or type, or hold what is no finite number.
            EdgeError: a graph puts out what is no mean, or no scale.
        """
        return self._run(inputs, lambda raw: split_values(raw, len(self.labels)))


def open_regressor(where: str | Path, *, threads: int = 1, verify_key: Path | None = None) -> Regressor:
    """Open a bundle of a regression, ready to estimate; see `open_trusted`."""
    return Regressor(open_trusted(where, verify_key=verify_key), threads=threads)
