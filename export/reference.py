"""Finds the full model that a bundle was made of, and the weight samples that it carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import tf_keras
from numpy.typing import NDArray

from edge_app.runtime.manifest import Manifest, Quantisation
from export.errors import ExportError
from models.collapse import Collapsed
from models.network import Samples
from models.posterior import digest, draw_samples
from models.predictive import repeated_passes, stochastic_passes
from models.rebuild import rebuild
from models.runs import PRETRAINED, RECORD, Run, load_run, read_record


class Reference:
    """The full model behind a bundle."""

    def __init__(self, run: Run, manifest: Manifest) -> None:
        """Keep what belongs together; see `find_reference`."""
        self._run, self._manifest = run, manifest
        self._collapsed: Collapsed | None = None

    def own_draws(self, images: NDArray[np.float32], passes: int, seed: int = 0) -> Iterator[NDArray[np.float32]]:
        """Run the full model with weights of its own draw: `passes` times float32 [N, C]."""
        return stochastic_passes(rebuild(self._run), images, passes, seed)

    def many_draws(self, images: NDArray[np.float32], passes: int, seed: int = 0) -> Iterator[NDArray[np.float32]]:
        """Run the full model very often on few images, 100 passes at a time: float32 [N, 100, C]."""
        return repeated_passes(rebuild(self._run), images, passes, seed)

    def same_weights(self, images: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Run the full model with each of the bundle's weight samples in turn: K times float32 [N, C].

        Of a bundle in float16 the samples are rounded as its graphs store them.
        """
        if self._collapsed is None:
            model = rebuild(self._run)
            samples = draw_samples(self._run.posterior, self._manifest.samples, self._manifest.posterior.seed)
            if self._manifest.quantisation is Quantisation.FLOAT16:
                samples = _round(model, samples)
            self._collapsed = Collapsed(model, samples)
        for index in range(self._manifest.samples):
            yield self._collapsed.probabilities(images, index)


def find_reference(manifest: Manifest, folder: Path | None) -> Reference:
    """Find the run whose posterior the bundle was drawn from.

    Args:
        manifest: the bundle's.
        folder: of the run; None for the shipped run that fits.

    Raises:
        ExportError: the run's posterior is another one, or no shipped run fits.
        ModelError: the run cannot be read.
    """
    folders = [folder] if folder else _shipped(manifest.posterior.architecture)
    for candidate in folders:
        run = load_run(candidate)
        if digest(run.posterior) == manifest.posterior.sha256:
            return Reference(run, manifest)
    if folder:
        raise ExportError(
            f"{folder}: its posterior is not the one that the bundle was drawn from "
            f"({manifest.posterior.architecture}, SHA-256 {manifest.posterior.sha256[:12]}...); name that run"
        )
    raise ExportError(
        f"no shipped run has the bundle's posterior ({manifest.posterior.architecture}, "
        f"SHA-256 {manifest.posterior.sha256[:12]}...); name the run that it was exported from with --run"
    )


def _round(model: tf_keras.Sequential, samples: Samples) -> Samples:
    """Round a model's own weights to float16, for those that are points, and the samples."""
    model.set_weights([_rounded(values) for values in model.get_weights()])
    layers = [
        replace(layer, weights={role: _rounded(values) for role, values in layer.weights.items()})
        for layer in samples.layers
    ]
    return replace(samples, layers=tuple(layers))


def _rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values.astype(np.float16).astype(np.float32)


def _shipped(architecture: str) -> list[Path]:
    folders = sorted(path.parent for path in PRETRAINED.glob(f"*/{RECORD}"))
    return [folder for folder in folders if read_record(folder).model == architecture]
