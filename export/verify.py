"""Holds a bundle against the full model on one data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dataset import Split
from edge_app.runtime.bundle import Bundle, manifest_of
from edge_app.runtime.engine import Engine, Kernels, open_engine
from edge_app.runtime.manifest import AnyManifest, Kind, Manifest
from edge_app.runtime.prediction import Thresholds, entropy_bits
from export.draws_test import compare_draws
from export.errors import ExportError
from export.exportable import Exportable, make_reference, require_same
from export.figures import Agreement, CheckFigures, DrawsTest, Figures
from export.flatbuffer import with_graph_seed
from export.moments_test import compare_moments
from export.quantisation import SCHEMES
from export.reference import Reference
from export.tolerances import broken_tolerances
from models.posterior import draw_mixture
from train.evaluate import UNCALIBRATED, UNCALIBRATED_POINTS, measure, predict_blocks
from train.evaluate.agreement import compare, mean_spread

PASSES = 200
DRAWS = 20_000  # of 32 images: finds every scale off by 1 % in 96 % of cases
FEWEST_DRAWS = 400  # ten a block
DOUBTFUL = 32
KERNEL_IMAGES = 100


def verify(
    bundle: Bundle, reference: Reference, name: str, data: Split, *, images: int | None = None, draws: int = DRAWS
) -> CheckFigures:
    """Hold a bundle against the full model.

    Args:
        bundle: to check.
        reference: the full model that it was made of.
        name: of the data set.
        data: its test half.
        images: how many of them, from the first; None for all.
        draws: of each source for the statistical test of a sampled graph.

    Raises:
        ExportError: there are too few draws to test, or the bundle puts out what is no probability.
    """
    if draws < FEWEST_DRAWS:
        raise ExportError(f"draws: found {draws}, expected at least {FEWEST_DRAWS}")
    x, y = data.x[:images], data.y[:images]
    manifest = manifest_of(bundle, Manifest)
    kind, samples = manifest.kind, manifest.samples
    ours = _run(open_engine(bundle), x, f"{name}: bundle")
    if not (np.isfinite(ours).all() and (ours >= 0).all()):
        raise ExportError(f"{bundle.path}: puts out values that are no probabilities; export the bundle again")
    passes = len(reference.members) if reference.known else PASSES
    free = _collect(reference.own_draws(x, passes), passes, f"{name}: full model, own draws")
    same = None
    if kind in {Kind.STACKED, Kind.ENSEMBLE}:  # the others hold no weight samples
        full = _collect(same_weights(reference, manifest, x), samples, f"{name}: full model, same weights")
        found = asdict(compare(ours, full, y))
        same = Agreement(most_dp=found.pop("p999_dp"), **found)
    figures = CheckFigures(
        data=name,
        images=len(x),
        passed=True,
        same_weights=same,
        draws=_test_draws(bundle, reference, x, ours, draws) if kind is Kind.SAMPLED else None,
        kernels_max_dp=_compare_kernels(bundle, x[:KERNEL_IMAGES]),
        bundle=summarise(ours, y, samples, UNCALIBRATED_POINTS if kind is Kind.MOMENTS else UNCALIBRATED),
        full_model=summarise(free, y, samples),
        full_model_passes=passes,
        moments=compare_moments(ours, free) if kind is Kind.MOMENTS and not reference.known else None,
    )
    return msgspec.structs.replace(figures, passed=not broken_tolerances(figures, manifest))


def check_bundle(
    bundle: Bundle,
    model: Exportable,
    data: Mapping[str, Split],
    *,
    samples: Sequence[Sequence[NDArray[Any]]] | None = None,
    mc_dropout: bool = False,
) -> tuple[CheckFigures, ...]:
    """Hold a bundle against the model that it was made of, which is left as it was, on data sets by name.

    `model`, `samples` and `mc_dropout` are what `to_bundle` was given.

    Raises:
        ExportError: the model is another one, or the bundle puts out what is no probability.
        ModelError: the model cannot be served.
    """
    reference = make_reference(model, samples=samples, mc_dropout=mc_dropout)
    require_same(bundle.manifest, reference)
    return tuple(verify(bundle, reference, name, split) for name, split in data.items())


def same_weights(
    reference: Reference, manifest: AnyManifest, images: NDArray[np.float32]
) -> Iterator[NDArray[np.float32]]:
    """Run the full model with a bundle's own samples in turn, float32 [N, V] each."""
    if isinstance(manifest, Manifest) and manifest.carried:
        reference = reference.as_carried()
    drawn = draw_mixture(reference.posteriors, manifest.samples, manifest.posterior.seed)
    rounded = SCHEMES[manifest.quantisation].weights == "float16"
    return reference.same_weights(drawn, images, range(manifest.samples), rounded=rounded)


def summarise(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    interval_samples: int,
    thresholds: Thresholds = UNCALIBRATED,
) -> Figures:
    """Measure float32 [N, K, C], with the spread of intervals over `interval_samples` samples."""
    found = measure(predict_blocks(probabilities, thresholds), labels)
    doubt = asdict(found.doubt) | {"spread": mean_spread(probabilities, interval_samples, thresholds)}
    return Figures(**asdict(found.scores), **doubt)


def _test_draws(
    bundle: Bundle, reference: Reference, images: NDArray[np.float32], seen: NDArray[np.float32], draws: int
) -> DrawsTest:
    doubt = entropy_bits(seen.mean(axis=1))
    doubtful = images[np.argsort(-doubt, kind="stable")[:DOUBTFUL]]
    full = reference.many_draws(doubtful, draws)
    engine = open_engine(bundle)
    rounds = -(-draws // bundle.manifest.samples)
    ours = [engine.run(doubtful) for _ in tqdm(range(rounds), "bundle, draws", disable=None)]
    return compare_draws(np.concatenate(ours, axis=1)[:, : full.shape[1]], full)


def _compare_kernels(bundle: Bundle, images: NDArray[np.float32]) -> float:
    if bundle.manifest.kind is Kind.SAMPLED:  # both must draw the same numbers
        bundle = msgspec.structs.replace(bundle, graphs=tuple(with_graph_seed(graph, 1) for graph in bundle.graphs))
    fast, plain = (open_engine(bundle, kernels=kernels).run(images) for kernels in Kernels)
    return float(np.abs(fast - plain).max())


def _run(engine: Engine, images: NDArray[np.float32], description: str) -> NDArray[np.float32]:
    rows = range(0, len(images), 100)
    return np.concatenate([engine.run(images[row : row + 100]) for row in tqdm(rows, description, disable=None)])


def _collect(passes: Iterable[NDArray[np.float32]], count: int, description: str) -> NDArray[np.float32]:
    return np.stack(list(tqdm(passes, description, count, disable=None)), axis=1)
