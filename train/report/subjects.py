"""What a report measures: the full model of a run, or a bundle on LiteRT, both behind one face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import load_bundle, manifest_of
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.prediction import Thresholds
from models.network import Normal
from models.posterior import digest_mixture
from models.rebuild import rebuild
from models.runs import Run, load_runs
from train.errors import TrainError
from train.evaluate import UNCALIBRATED
from train.evaluate.full_model import Mixture, mixture_of
from train.evaluate.pinned import require_same
from train.report.facts import BundleFacts, Facts, LayerFacts, RunFacts

KEPT: Final = 8
"""Runs that a process keeps for its next shard: to build and to trace a model takes seconds."""


class Source(Protocol):
    """Where a subject comes from: small, so that it can be sent to any process, which opens it there.

    Attributes:
        name: what the page calls it.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - documented above

    def open(self) -> Subject:
        """Load the subject.

        Raises:
            TrainError: something else is there than when the report was begun.
            ModelError: it is a run, which cannot be read.
            EdgeError: it is a bundle, which cannot be read.
        """
        ...


class Subject(Protocol):
    """Something that reads digits.

    Attributes:
        source: where it comes from.
        facts: what is known of it.
        posterior: digest of the posterior that it is, or was drawn from.
        thresholds: what its predictions are judged by; those of a run warn of nothing.
    """

    @property
    def source(self) -> Source: ...  # noqa: D102 - documented above
    @property
    def facts(self) -> Facts: ...  # noqa: D102
    @property
    def posterior(self) -> str: ...  # noqa: D102
    @property
    def thresholds(self) -> Thresholds: ...  # noqa: D102

    def passes(self, asked: int) -> int:
        """Give the number of passes that it makes when asked for so many."""
        ...

    def probabilities(self, images: NDArray[np.float32], passes: int) -> NDArray[np.floating]:
        """Give class probabilities [N, K, C] of images, float32 [N, 28, 28, 1]; K is `self.passes(passes)`."""
        ...


@dataclass(frozen=True, slots=True)
class RunSource:
    """A run folder, or one of a mixture of runs; see `Source`.

    Attributes:
        path: the folder's, absolute.
        name: what the page calls it.
        digest: of its posteriors.
        seed: of the passes.
    """

    path: Path
    name: str
    digest: str
    seed: int

    def open(self) -> Trained:
        """Load the runs and build their models, or take those that this process has built."""
        return _trained(self)


@dataclass(frozen=True, slots=True)
class BundleSource:
    """A bundle's folder; see `Source`.

    Attributes:
        path: the folder's, absolute.
        name: what the page calls it.
        digest: its own.
    """

    path: Path
    name: str
    digest: str

    def open(self) -> Exported:
        """Load the bundle anew: a graph that draws its own samples goes on drawing where it is kept."""
        return _exported(self)


@dataclass(frozen=True, slots=True)
class Trained:
    """A run's full model in TensorFlow, or those of a mixture of runs, which share the passes evenly."""

    source: RunSource
    facts: RunFacts
    posterior: str
    mixture: Mixture
    thresholds: Thresholds = UNCALIBRATED

    def passes(self, asked: int) -> int:
        """Make as many passes as asked, rounded up to a multiple of the models; one of each where all are the same."""
        return self._each(asked) * len(self.mixture.members)

    def probabilities(self, images: NDArray[np.float32], passes: int) -> NDArray[np.floating]:
        """Draw the passes anew from the seed."""
        return self.mixture.draw(images, self._each(passes))

    def _each(self, asked: int) -> int:
        return -(-asked // len(self.mixture.members)) if self.facts.stochastic else 1


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle on LiteRT."""

    source: BundleSource
    facts: BundleFacts
    posterior: str
    classifier: Classifier
    thresholds: Thresholds

    def passes(self, asked: int) -> int:  # noqa: ARG002 - a bundle's K is fixed
        """Make as many passes as the bundle has samples, whatever is asked."""
        return self.facts.samples

    def probabilities(self, images: NDArray[np.float32], passes: int) -> NDArray[np.floating]:  # noqa: ARG002
        """Run every sample of the bundle."""
        return self.classifier.probabilities(images)


def load_subjects(runs: Sequence[Path], bundles: Sequence[Path], seed: int) -> list[Subject]:
    """Load everything that is to be measured, before anything is.

    Raises:
        TrainError: a folder is given twice, or there is none.
        ModelError: a run cannot be read.
        EdgeError: a bundle cannot be read.
    """
    names = _names(runs, bundles)
    sources: list[Source] = [
        *(RunSource(path.absolute(), names[path], _digest(load_runs(path)), seed) for path in runs),
        *(BundleSource(path.absolute(), names[path], load_bundle(path).digest) for path in bundles),
    ]
    return [source.open() for source in sources]


def _names(runs: Sequence[Path], bundles: Sequence[Path]) -> dict[Path, str]:
    """Name every folder by its last part, or by as many as it takes to tell it from the others."""
    paths = [*runs, *bundles]
    whole = [path.resolve() for path in paths]
    if not paths:
        raise TrainError("found neither a run nor a bundle to report on; train a network, or name a folder")
    for index, path in enumerate(whole):
        if path in whole[:index]:
            raise TrainError(f"{paths[index]}: is given twice; name it once")
    for depth in range(1, max(len(path.parts) for path in whole) + 1):
        names = ["/".join(path.parts[-depth:]) for path in whole]
        names = [name + " bundle" * (path in bundles) for name, path in zip(names, paths, strict=True)]
        if len(set(names)) == len(names):
            break
    return dict(zip(paths, names, strict=True))


def _digest(runs: Sequence[Run]) -> str:
    return digest_mixture([run.posterior for run in runs])


@lru_cache(maxsize=KEPT)
def _trained(source: RunSource) -> Trained:
    runs = load_runs(source.path)
    require_same(source.path, _digest(runs), source.digest)
    posteriors, models, record = [run.posterior for run in runs], tuple(map(rebuild, runs)), runs[0].record
    weights = (weight for posterior in posteriors for layer in posterior.layers for weight in layer.weights.values())
    facts = RunFacts(
        name=source.name,
        network=record.model,
        stochastic=any(isinstance(weight, Normal) for weight in weights),
        layers=tuple(_layer(layer) for model in models for layer in model.layers),
        rows=record.rows,
        holdout=record.holdout,
        epochs=len(record.epochs),
        training_accuracy=record.epochs[-1].accuracy if record.epochs else None,
        seed=record.seed,
    )
    return Trained(source, facts, source.digest, mixture_of(models, len(models), source.seed))


def _layer(layer: Any) -> LayerFacts:
    shape = layer.output_shape
    shape = shape[0] if isinstance(shape[0], tuple) else shape  # a distribution layer names its value and its mode
    return LayerFacts(layer.name, type(layer).__name__, tuple(shape[1:]), int(layer.count_params()))


def _exported(source: BundleSource) -> Exported:
    bundle = load_bundle(source.path)
    require_same(source.path, bundle.digest, source.digest)
    manifest = manifest_of(bundle, Manifest)
    facts = BundleFacts(
        name=source.name,
        network=manifest.posterior.architecture,
        stochastic=manifest.samples > 1,
        bundle_kind=manifest.kind.value,
        samples=manifest.samples,
        files=len(manifest.files),
        bytes=sum(file.bytes for file in manifest.files),
        quantisation=manifest.quantisation.value,
        threshold_bits=manifest.warning.threshold_bits,
        promised_risk=manifest.warning.target_risk,
        promised_coverage=1.0 - manifest.conformal.alpha,
    )
    return Exported(source, facts, manifest.posterior.sha256, Classifier(bundle), manifest.thresholds)
