"""Makes a bundle of a trained model: draw, build, prove, calibrate, write."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge_app.runtime.bundle import require_place
from edge_app.runtime.carried import POSTERIOR, encode_carried
from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import AnyManifest, Input, InputPart, Kind, Manifest, Origin, Quantisation
from edge_app.runtime.manifest_text import VERSION
from export.build import build
from export.carry import carry_posterior
from export.choose import choose_assumptions
from export.choose_regression import choose_for_regression
from export.errors import ExportError
from export.exportable import Exportable, make_reference, runs_of
from export.fastest import settle
from export.graphs.build import sample_count
from export.graphs.inputs import with_named_inputs
from export.graphs.summary import with_summary
from export.manifests import CALIBRATORS
from export.micro.kernels import PACKAGE, MicroEngine, require_kernels
from export.micro.sources import choose_golden, render_sources
from export.options import ExportOptions, Holdout, Runtime
from export.proof import prove
from export.reference import Reference
from export.summary_proof import prove_summary
from export.write import write_graphs
from models.outputs import Declared, Output
from models.standard import parts_of

LIBRARIES = ("bayes-edge", "tensorflow", "tf-keras", "tensorflow-probability", "ai-edge-litert", "numpy")
DEFAULT_OPTIONS = ExportOptions(kind=None)
SUMMARISED = 100  # images that prove a summary
NAMED = 8  # inputs that prove their names


def to_bundle(
    model: Exportable,
    path: Path,
    holdout: Holdout,
    options: ExportOptions = DEFAULT_OPTIONS,
    *,
    labels: Sequence[str] | None = None,
    paper: float | None = None,
    ink: float | None = None,
    samples: Sequence[Sequence[NDArray[Any]]] | None = None,
    mc_dropout: bool = False,
    output: Declared | None = None,
    replace: bool = False,
) -> AnyManifest:
    """Export a trained posterior. The graphs are proved against the model before anything is written.

    Args:
        model: a tf_keras model that takes images, sequences or vectors of a fixed shape and gives class probabilities,
            a mean, or a mean and a scale, as tensors or as distributions of TFP; a list of such models of one
            architecture, each of which gives an equal share of the samples (a deep ensemble, or a mixture of
            posteriors); a run; or the runs of a mixture.
        path: the bundle folder to make.
        holdout: what the warning, or the noise and the prediction's interval, are calibrated on; of a model of several
            inputs its images are arrays by the inputs' names.
        options: what is wanted.
        labels: the names of the classes, or of the quantities; None for a run's own.
        paper: the value that bare paper, or the background, has in the model's images; None for a run's own, and
            where the inputs are no images or the output is no class.
        ink: the value of full ink.
        samples: sets of weights for one model, each a list of arrays in the order of `model.get_weights()`, from
            Hamiltonian Monte Carlo, SWAG, a Laplace approximation or anywhere.
        mc_dropout: whether the model's dropout layers stay active when it predicts (Monte Carlo dropout): frozen
            samples then have a mask each, and a graph of kind sampled draws masks.
        output: what a model of plain tensors gives, unless its rows sum to one: `models.outputs.Declared`.
        replace: put the new bundle in the place of an existing one.

    Raises:
        ModelError: the model cannot be exported.
        ExportError: what is wanted cannot be built, the holdout or the labels do not fit the model, or the graphs
            disagree with it.
        EdgeError: the bundle cannot be written.
    """
    require_place(path, replace=replace)
    _require_micro(options)
    reference = make_reference(model, samples=samples, mc_dropout=mc_dropout, output=output)
    names, paper, ink = _meaning(model, reference, labels, paper, ink)
    _require_classes(reference, options)
    _require_summary(options)
    calibrator = CALIBRATORS[reference.output]
    if options.carry:
        reference = reference.as_carried()
    posterior = reference.posteriors[0]
    parts = tuple(InputPart(*part) for part in parts_of(reference.members[0].model))
    taken = Input(shape=posterior.input_shape, dtype="float32", paper=paper, ink=ink, parts=parts)
    holdout = _packed(holdout, taken)
    _require_fit(holdout, names, posterior.input_shape, calibrator.names(reference.width))
    calibrator.require_truth(holdout.labels, len(holdout.images), len(names))
    options = changed(options, samples=sample_count(reference.posteriors, options))
    options = settle(reference, options, holdout.images)
    _require_kind(reference, options)
    if options.kind is Kind.MOMENTS and options.assumptions is None and not reference.known:
        choice = (
            choose_for_regression(reference, options, holdout.images)
            if reference.is_regression
            else choose_assumptions(reference.posteriors, options, holdout.images)
        )
        tqdm.write(str(choice), file=sys.stderr)
        options = changed(options, assumptions=choice.assumptions)
    graphs = build(reference, options, holdout.images)
    beside: dict[str, bytes] = {}
    if options.carry:
        carried = carry_posterior(reference.posteriors, options, graphs, holdout.images)
        beside[POSTERIOR] = encode_carried(carried)
    engine = Engine(graphs, Signature(posterior.input_shape, options.count, reference.width))
    prove(reference, engine, options, holdout.images)
    micro = MicroEngine(*graphs.values()) if options.runtime is Runtime.MICRO else None
    values = (micro or engine).run(holdout.images)
    common = {
        "format": "bayes-edge",
        "version": VERSION,
        "kind": options.way,
        "samples": options.count,
        "input": taken,
        "labels": names,
        "files": (),
        "quantisation": options.quantisation,
        "posterior": Origin(architecture=posterior.architecture, sha256=reference.digest, seed=options.seed),
        "versions": {name: importlib.metadata.version(name) for name in (*LIBRARIES, *((PACKAGE,) if micro else ()))},
    }
    manifest = calibrator.describe(common, values, holdout.labels, options)
    if options.summary and isinstance(manifest, Manifest):
        graphs = {name: with_summary(graph, manifest) for name, graph in graphs.items()}
        for graph in graphs.values():
            prove_summary(graph, manifest, holdout.images[:SUMMARISED])
    if parts:
        graphs = _with_named_inputs(graphs, engine.signature, parts, holdout.images, options)
    if micro and isinstance(manifest, Manifest):
        beside |= render_sources(micro, manifest, choose_golden(holdout.images, values))
    return write_graphs(path, manifest, graphs, beside, replace=replace)


def _with_named_inputs(
    graphs: dict[str, bytes],
    signature: Signature,
    parts: tuple[InputPart, ...],
    images: NDArray[np.float32],
    options: ExportOptions,
) -> dict[str, bytes]:
    """Let graphs take several inputs by their names, and prove that they give what they gave before."""
    named = {name: with_named_inputs(graph, parts, options.batch) for name, graph in graphs.items()}
    before = Engine(graphs, signature).run(images[:NAMED])
    after = Engine(named, changed(signature, parts=parts)).run(images[:NAMED])
    if options.kind is not Kind.SAMPLED and not np.array_equal(before, after):
        raise ExportError("inputs: taken one by one they give something else than side by side; nothing was written")
    return named


def _require_kind(reference: Reference, options: ExportOptions) -> None:
    kinds = [Kind.STACKED, Kind.ENSEMBLE, *([Kind.MOMENTS] if reference.is_regression else [])]
    if reference.whole and (options.kind not in kinds or options.carry):
        raise ExportError(
            f"model {reference.posteriors[0].architecture!r}: is not one image's class probabilities by our own layers "
            f"in order, so that it is traced as it is, with frozen samples; choose --mode {' or '.join(kinds)}, "
            "and leave --carry-posterior out"
        )


def _require_classes(reference: Reference, options: ExportOptions) -> None:
    if reference.output is not Output.PROBABILITIES and (options.summary or options.runtime is Runtime.MICRO):
        wanted = "micro" if options.runtime is Runtime.MICRO else "summary"
        raise ExportError(f"{wanted}: found a model's {reference.output}, expected class probabilities; leave it out")
    shape = reference.posteriors[0].input_shape
    if options.runtime is Runtime.MICRO and len(shape) != 3:
        raise ExportError(
            f"micro: found input {list(shape)}, expected an image [height, width, channels]; leave it out"
        )


def _require_summary(options: ExportOptions) -> None:
    if options.summary and (options.kind is Kind.ENSEMBLE or options.carry):
        found = "a bundle whose samples are drawn anew" if options.carry else f"kind {options.kind}"
        raise ExportError(f"summary: found {found}, expected one graph that holds all samples for good; leave one out")


def _require_micro(options: ExportOptions) -> None:
    if options.runtime is not Runtime.MICRO:
        return
    require_kernels()
    if (options.kind, options.quantisation, options.batch) != (Kind.STACKED, Quantisation.INT8, 1):
        raise ExportError(
            f"micro: found kind {options.kind}, {options.quantisation}, a batch of {options.batch}, expected kind "
            "stacked, int8 and a batch of 1; leave these out"
        )
    if options.summary or options.carry:
        raise ExportError("micro: found a summary or a carried posterior, expected neither; the sources do the reading")


def _packed(holdout: Holdout, taken: Input) -> Holdout:
    if not isinstance(holdout.images, Mapping):
        return holdout
    try:
        return changed(holdout, images=taken.pack(holdout.images))
    except ValueError as error:
        raise ExportError(f"holdout: {error}") from None


def _meaning(
    model: Exportable, reference: Reference, labels: Sequence[str] | None, paper: float | None, ink: float | None
) -> tuple[tuple[str, ...], float | None, float | None]:
    """Give labels, paper and ink: the caller's, or else those of the run; images of no classes need neither."""
    if runs := runs_of(model):
        record = runs[0].record
        labels = record.labels if labels is None else labels
        paper = record.input.paper if paper is None else paper
        ink = record.input.ink if ink is None else ink
    of_ink = len(reference.posteriors[0].input_shape) == 3 and reference.output is Output.PROBABILITIES
    given = {"labels": labels} | ({"paper": paper, "ink": ink} if of_ink else {})
    missing = [name for name, value in given.items() if value is None]
    if labels is None or missing:
        raise ExportError(
            f"{', '.join(missing)}: found none, and a model of your own does not say; give the names of its classes or "
            "quantities, and of classes the values that paper (or background) and ink have in its images, such as "
            "paper=1.0, ink=0.0"
        )
    return tuple(labels), paper, ink


def _require_fit(holdout: Holdout, labels: tuple[str, ...], shape: tuple[int, ...], expected: int) -> None:
    if len(labels) != expected:
        raise ExportError(
            f"labels: found {len(labels)} names, expected {expected}, one for each class or quantity of the model"
        )
    images = holdout.images
    if images.dtype != np.float32 or images.shape[1:] != shape or len(images) == 0:
        raise ExportError(
            f"holdout: found images {images.dtype} {list(images.shape)}, expected float32 [N, "
            f"{', '.join(map(str, shape))}], N at least 1"
        )
