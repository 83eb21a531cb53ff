"""What can be exported: models of Keras, sets of weights, runs and mixtures of runs; and what a bundle was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import tf_keras
from numpy.typing import NDArray

from edge_app.runtime.manifest import AnyManifest
from export.errors import ExportError
from export.reference import Member, Reference
from models.errors import ModelError
from models.forced import keras_weights
from models.network import Posterior
from models.outputs import Declared
from models.posterior import digest_mixture
from models.read_model import read_posterior
from models.read_whole import read_whole
from models.rebuild import rebuild
from models.runs import PRETRAINED, Run, load_runs
from models.standard import standardise

Exportable: TypeAlias = "tf_keras.Model | Sequence[tf_keras.Model] | Run | Sequence[Run]"


def make_reference(
    model: Exportable,
    *,
    samples: Sequence[Sequence[NDArray[Any]]] | None = None,
    mc_dropout: bool = False,
    output: Declared | None = None,
) -> Reference:
    """Read the posterior out of whatever can be exported.

    Args:
        model: a tf_keras Sequential that ends in class probabilities or a distribution over one-hot labels; several
            of them, of one architecture, each with an equal share of the samples (a deep ensemble, or a mixture of
            posteriors); a run; or the runs of a mixture.
        samples: sets of weights for the one model, each a list of arrays in Keras' order, from Hamiltonian Monte
            Carlo, SWAG, a Laplace approximation or anywhere.
        mc_dropout: whether the model's dropout layers stay active when it predicts.
        output: what the model gives, where it cannot be told from it.

    Raises:
        ExportError: samples come with several models, or do not fit the model; or models give different things.
        ModelError: a model cannot be served.
    """
    if runs := runs_of(model):
        return Reference([Member(rebuild(run), None, run.posterior) for run in runs])
    models = [model] if isinstance(model, tf_keras.Model) or not isinstance(model, Sequence) else list(model)
    if not models or (samples is not None and len(models) > 1):
        raise ExportError(f"model: found {len(models)} with sets of weights, expected one; export them together")
    standard = [standardise(each, output) for each in models]
    models, outputs = [each for each, _ in standard], [gives for _, gives in standard]
    if len(set(outputs)) > 1:
        raise ExportError(f"models: found some that give {' and some '.join(set(outputs))}; export one sort together")
    if samples is None:
        members = [Member(each, None, _read(each, mc_dropout=mc_dropout)) for each in models]
        return Reference(members, outputs[0])
    only = models[0]
    _read(only, mc_dropout=mc_dropout)  # refuses a model that has no weights yet
    members = []
    for number, weights in enumerate(_fitting(samples, only)):
        with keras_weights(only, weights):
            posterior = _read(only, mc_dropout=mc_dropout)
        members.append(Member(only, samples[number], posterior))
    return Reference(members, outputs[0])


def _read(model: Any, *, mc_dropout: bool) -> Posterior:
    """Read a model's layers; of a model that they do not describe, what draws its weights."""
    try:
        return read_posterior(model, mc_dropout=mc_dropout)
    except ModelError:
        if not isinstance(model, tf_keras.Model):
            raise
    return read_whole(model, mc_dropout=mc_dropout)


def runs_of(model: Exportable) -> tuple[Run, ...]:
    """Give the run, or the runs of a mixture; of a model, none."""
    if isinstance(model, Run):
        return (model,)
    return tuple(run for run in model if isinstance(run, Run)) if isinstance(model, Sequence) else ()


def find_shipped(manifest: AnyManifest) -> tuple[Run, ...]:
    """Find the shipped run, or mixture of runs, whose posterior a bundle was drawn from.

    Raises:
        ExportError: there is none.
        ModelError: a shipped run cannot be read.
    """
    origin = manifest.posterior
    for folder in sorted(path for path in PRETRAINED.iterdir() if path.is_dir()):
        runs = load_runs(folder)
        if digest_mixture([run.posterior for run in runs]) == origin.sha256:
            return runs
    raise ExportError(
        f"no shipped run has the bundle's posterior ({origin.architecture}, SHA-256 {origin.sha256[:12]}...); name the "
        "run or the model that it was exported from with --run"
    )


def require_same(manifest: AnyManifest, reference: Reference) -> None:
    """Refuse models that a bundle was not drawn from.

    Raises:
        ExportError: their posterior is another one.
    """
    if reference.digest != manifest.posterior.sha256:
        raise ExportError(
            f"model {reference.posteriors[0].architecture!r}: its posterior is not the one that the bundle was drawn "
            f"from ({manifest.posterior.architecture}, SHA-256 {manifest.posterior.sha256[:12]}...); give that model, "
            "with its sets of weights and its dropout as they were exported"
        )


def _fitting(samples: Sequence[Sequence[NDArray[Any]]], model: tf_keras.Sequential) -> Iterator[Sequence[NDArray[Any]]]:
    expected = [tuple(weight.shape) for weight in model.weights]
    if not len(samples):
        raise ExportError("samples: found no set of weights, expected at least one")
    for number, weights in enumerate(samples):
        found = [np.shape(array) for array in weights]
        for place, (one, other) in enumerate(zip(found, expected, strict=False)):
            if one != other:
                raise ExportError(
                    f"samples: found shape {list(one)} in set {number} at {model.weights[place].name}, expected "
                    f"{list(other)}; give every set in the order of model.get_weights()"
                )
        if len(found) != len(expected):
            raise ExportError(
                f"samples: found {len(found)} arrays in set {number}, expected {len(expected)} in the order of "
                "model.get_weights()"
            )
        yield weights
