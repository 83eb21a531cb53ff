"""Holds a bundle of several labels against the full model on one data set: each label is a question of two classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle, manifest_of
from edge_app.runtime.engine import Kernels, open_engine
from edge_app.runtime.multi_label import as_pairs
from edge_app.runtime.multi_label_manifest import MultiLabelManifest
from export.exportable import Exportable, make_reference, require_same
from export.figures import Agreement, CheckFigures
from export.manifests import require_states
from export.options import Holdout
from export.reference import Reference
from export.tolerances import broken_tolerances
from export.verify import KERNEL_IMAGES, PASSES, same_weights, summarise
from models.outputs import Declared
from train.evaluate.agreement import compare


def check_multi_label(
    bundle: Bundle,
    model: Exportable,
    data: Mapping[str, Holdout],
    *,
    samples: Sequence[Sequence[NDArray[Any]]] | None = None,
    output: Declared | None = None,
) -> tuple[CheckFigures, ...]:
    """Hold a bundle against the model that it was made of, which is left as it was, on data sets by name.

    `model`, `samples` and `output` are what `to_bundle` was given.

    Returns:
        Figures of each label on each data set.

    Raises:
        EdgeError: the bundle is not of several labels.
        ExportError: the model is another one, or the truth does not fit the bundle.
        ModelError: the model cannot be served.
    """
    reference = make_reference(model, samples=samples, output=output)
    require_same(bundle.manifest, reference)
    return tuple(figures for name, each in data.items() for figures in verify_labels(bundle, reference, name, each))


def verify_labels(bundle: Bundle, reference: Reference, name: str, data: Holdout) -> Iterator[CheckFigures]:
    """Hold a bundle against the full model; see `check_multi_label`."""
    manifest = manifest_of(bundle, MultiLabelManifest)
    inputs, truth = data.images, data.labels
    require_states(truth, len(inputs), len(manifest.labels))
    ours = open_engine(bundle).run(inputs)
    plain = open_engine(bundle, kernels=Kernels.BUILTIN).run(inputs[:KERNEL_IMAGES])
    passes = len(reference.members) if reference.known else PASSES
    own = np.stack(list(reference.own_draws(inputs, passes)), axis=1)
    same = np.stack(list(same_weights(reference, manifest, inputs)), axis=1)
    values = zip(*map(as_pairs, (ours, own, same)), strict=True)
    for label, states, (mine, free, theirs) in zip(manifest.labels, truth.T, values, strict=True):
        found = asdict(compare(mine, theirs, states))
        figures = CheckFigures(
            data=f"{name}, {label}",
            images=len(inputs),
            passed=True,
            same_weights=Agreement(most_dp=found.pop("p999_dp"), **found),
            draws=None,
            kernels_max_dp=float(np.abs(ours[: len(plain)] - plain).max()),
            bundle=summarise(mine, states, manifest.samples),
            full_model=summarise(free, states, manifest.samples),
            full_model_passes=passes,
        )
        yield msgspec.structs.replace(figures, passed=not broken_tolerances(figures, manifest))
