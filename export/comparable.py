"""Makes sure that runs can be compared as members of mixtures and ensembles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from export.errors import ExportError
from models.network import Point, Posterior
from models.posterior import digest
from models.runs import Record, Run, load_run


def require_comparable(posteriors: Sequence[Path], networks: Sequence[Path]) -> Record:
    """Refuse runs that cannot be compared.

    Args:
        posteriors: run folders of networks with a posterior.
        networks: run folders of networks without one.

    Returns:
        The record of the first run, which held out what all did.

    Raises:
        ExportError: a run is there twice, is not finished, or is of the other sort; they were not trained on the same
            images, or held none out.
        ModelError: a run cannot be read.
    """
    runs = [load_run(folder) for folder in (*posteriors, *networks)]
    first = runs[0]
    if not first.record.holdout:
        raise ExportError(
            f"{first.folder}: held no image out, so there is nothing to fit a temperature on; train with --holdout"
        )
    seen: dict[str, Path] = {}
    for number, run in enumerate(runs):
        if not run.record.finished:
            raise ExportError(f"{run.folder}: found a run that is not finished, expected a finished one; train it on")
        _require_sort(run, posterior=number < len(posteriors))
        _require_same_images(run, first)
        twin = seen.setdefault(digest(run.posterior), run.folder)
        if len(seen) <= number:
            raise ExportError(f"{run.folder}: found the network of {twin} again, expected each once; leave one out")
    return first.record


def _require_sort(run: Run, *, posterior: bool) -> None:
    if posterior and _is_point(run.posterior):
        raise ExportError(
            f"--posteriors: {run.folder}: found {run.record.model}, a network without one; name it in --networks"
        )
    if not posterior and not _is_point(run.posterior):
        raise ExportError(
            f"--networks: {run.folder}: found {run.record.model}, a network with a posterior; name it in --posteriors"
        )


def _is_point(posterior: Posterior) -> bool:
    return all(isinstance(weight, Point) for layer in posterior.layers for weight in layer.weights.values())


def _require_same_images(run: Run, first: Run) -> None:
    one, other = run.record, first.record
    if (one.rows, one.holdout, one.recipe.get("extra", "")) != (
        other.rows,
        other.holdout,
        other.recipe.get("extra", ""),
    ):
        raise ExportError(
            f"{run.folder}: found {one.rows:,} images trained on and {one.holdout:,} held out, expected {other.rows:,} "
            f"and {other.holdout:,} as of {first.folder}; compare runs on the same images"
        )
