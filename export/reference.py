"""Finds the full model that a bundle was made of, and the weight samples that it carries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.manifest import Manifest
from export.errors import ExportError
from models.collapse import Collapsed
from models.network import Posterior
from models.posterior import digest, draw_samples, read_posterior
from models.predictive import repeated_passes, stochastic_passes
from models.runs import PRETRAINED, RECORD, Run, load_run, read_record


class Reference:
    """The full model behind a bundle."""

    def __init__(self, run: Run, posterior: Posterior, manifest: Manifest) -> None:
        """Keep what belongs together; see `find_reference`."""
        self._run, self._posterior, self._manifest = run, posterior, manifest
        self._collapsed: Collapsed | None = None

    def own_draws(self, images: NDArray[np.float32], passes: int, seed: int = 0) -> Iterator[NDArray[np.float32]]:
        """Run the full model with weights of its own draw: `passes` times float32 [N, C]."""
        # A fresh model: the other one's posteriors may have been collapsed.
        return stochastic_passes(load_run(self._run.folder).model, images, passes, seed)

    def many_draws(self, images: NDArray[np.float32], passes: int, seed: int = 0) -> Iterator[NDArray[np.float32]]:
        """Run the full model very often on few images, 100 passes at a time: float32 [N, 100, C]."""
        return repeated_passes(load_run(self._run.folder).model, images, passes, seed)

    def same_weights(self, images: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Run the full model with each of the bundle's weight samples in turn: K times float32 [N, C]."""
        if self._collapsed is None:
            samples = draw_samples(self._posterior, self._manifest.samples, self._manifest.posterior.seed)
            self._collapsed = Collapsed(self._run.model, samples)
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
        posterior = read_posterior(run.model)
        if digest(posterior) == manifest.posterior.sha256:
            return Reference(run, posterior, manifest)
    if folder:
        raise ExportError(
            f"{folder}: its posterior is not the one that the bundle was drawn from "
            f"({manifest.posterior.architecture}, SHA-256 {manifest.posterior.sha256[:12]}...); name that run"
        )
    raise ExportError(
        f"no shipped run has the bundle's posterior ({manifest.posterior.architecture}, "
        f"SHA-256 {manifest.posterior.sha256[:12]}...); name the run that it was exported from with --run"
    )


def _shipped(architecture: str) -> list[Path]:
    folders = sorted(path.parent for path in PRETRAINED.glob(f"*/{RECORD}"))
    return [folder for folder in folders if read_record(folder).model == architecture]
