"""The graph that explains itself: `read` says what `edge_app.runtime` says of the same samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import open_bundle
from edge_app.runtime.manifest import Kind, Manifest, Quantisation
from edge_app.runtime.prediction import predict_batch, temper
from export import ExportOptions, Holdout, to_bundle
from export.errors import ExportError
from export.flatbuffer import with_constants
from export.graphs.convert import Precision, convert
from export.graphs.summary import OUTPUTS, REASONS, settings, with_summary
from export.options import Assumptions
from export.summary_proof import LIMIT, NUMBERS, prove_summary, run_read
from export.write import write_graphs

Array = NDArray[np.float32]


def manifest_with(kind: Kind, classes: int, bits: float, conformal: float, temperature: float) -> Manifest:
    shipped = load_bundle(DEFAULT_BUNDLE).manifest
    return msgspec.structs.replace(
        shipped,
        kind=kind,
        labels=tuple(map(str, range(classes))),
        temperature=temperature,
        warning=msgspec.structs.replace(shipped.warning, threshold_bits=bits),
        conformal=msgspec.structs.replace(shipped.conformal, threshold=conformal),
    )


def echo(samples: int, classes: int, batch: int = 1) -> bytes:
    """A graph that puts out the class probabilities that it is given as an image, [N, K, C, 1] -> [N, K, C]."""
    shape = (batch, samples, classes, 1)
    return convert(lambda image: tf.abs(image[..., 0]), shape, Precision(Quantisation.NONE, np.empty((0, 1, 1, 1))))


def distributions(samples: int, classes: int, count: int = 150) -> Array:
    """Rows of every sort, [N, K, C, 1]: sharp and flat, alike and unlike, certain ones, and zeros among them."""
    rng = np.random.default_rng(samples * 1000 + classes)
    sharpness = rng.choice([0.01, 0.1, 1.0, 30.0], (count, 1, 1))
    centre = rng.dirichlet(np.ones(classes), (count, 1)) * rng.choice([1.0, 30.0], (count, 1, 1))
    drawn = rng.gamma(np.broadcast_to(sharpness * centre, (count, samples, classes))) + 1e-12
    drawn[drawn < 1e-9] = 0
    drawn[drawn.sum(axis=-1) == 0] = 1
    p = drawn / drawn.sum(axis=-1, keepdims=True)
    p[0], p[1] = np.eye(classes)[0], 1 / classes
    p[2] = np.eye(classes)[np.arange(samples) % classes]
    return p.astype(np.float32)[..., None]


CALIBRATED = [(0.4, 0.3, 1.0), (-1.0, 1.0, 0.5), (0.0, 0.0, 2.0), (1.0, 0.9, 0.7)]


@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.MOMENTS])
@pytest.mark.parametrize(("samples", "classes"), [(1, 2), (2, 10), (10, 3), (39, 10), (50, 10), (200, 4)])
def test_it_says_what_the_runtime_says(kind: Kind, samples: int, classes: int) -> None:
    probabilities = distributions(samples, classes)
    manifests = [manifest_with(kind, classes, *calibrated) for calibrated in CALIBRATED]
    plain = with_summary(echo(samples, classes), manifests[0])
    for manifest, (_, _, temperature) in zip(manifests, CALIBRATED, strict=True):
        graph = with_constants(plain, settings(manifest))
        expected = predict_batch(temper(probabilities[..., 0], temperature), manifest.thresholds)
        found = list(run_read(graph, probabilities))
        for name in NUMBERS:
            together = np.concatenate([answers[name] for answers in found])
            np.testing.assert_allclose(together, getattr(expected, name), atol=LIMIT, rtol=0, err_msg=name)
        assert prove_summary(graph, manifest, probabilities) <= LIMIT  # label, label set and reason too


def test_ties_and_certainties_are_settled_as_by_the_runtime() -> None:
    manifest = manifest_with(Kind.STACKED, 4, 2.0, 0.75, 1.0)
    rows = np.array([[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5], [0, 1, 0, 0], [0.25, 0.25, 0.25, 0.25]], np.float32)
    images = np.repeat(rows[:, None], 8, axis=1)[..., None]
    found = list(run_read(with_summary(echo(8, 4), manifest), images))
    expected = predict_batch(images[..., 0], manifest.thresholds)
    for index, (answers, prediction) in enumerate(zip(found, expected, strict=True)):
        assert answers["label"][0] == prediction.label, index
        assert tuple(answers["label_set"][0].nonzero()[0]) == prediction.label_set, index
        assert REASONS[answers["reason"][0]] == prediction.reason, index


def test_other_thresholds_take_their_place_in_the_graph() -> None:
    manifest = manifest_with(Kind.STACKED, 10, 0.4, 0.3, 1.0)
    other = manifest_with(Kind.STACKED, 10, 0.1, 0.6, 0.8)
    graph, images = with_summary(echo(10, 10), manifest), distributions(10, 10, 50)
    with pytest.raises(ExportError, match=r"read: its \w+ is"):
        prove_summary(graph, other, images)
    prove_summary(with_constants(graph, settings(other)), other, images)
    plain = echo(10, 10)
    assert with_constants(plain, settings(other)) is plain


@pytest.mark.parametrize(
    ("kind", "quantisation"),
    [(Kind.STACKED, Quantisation.INT8), (Kind.SAMPLED, Quantisation.NONE), (Kind.MOMENTS, Quantisation.FLOAT16)],
)
def test_a_bundle_whose_graph_has_it_reads_as_any_other(
    kind: Kind, quantisation: Quantisation, make_network: Callable, make_images: Callable, tmp_path: Path
) -> None:
    model = make_network("plain")
    images = make_images(model, 40)
    batch = 1 if kind is Kind.SAMPLED else 4
    options = ExportOptions(kind, 20, quantisation, summary=True, graph_seed=1, batch=batch, assumptions=Assumptions())
    holdout = Holdout(images, np.arange(40) % 4)
    written = to_bundle(model, tmp_path / "bundle", holdout, options, labels="abcd", paper=1.0, ink=0.0)
    classifier = open_bundle(tmp_path / "bundle")
    graph = classifier.bundle.graphs[0]
    ((name, signature),) = Interpreter(model_content=graph).get_signature_list().items()
    assert (name, signature["inputs"]) == ("read", ["image"])
    assert set(signature["outputs"]) == {"probabilities", *OUTPUTS}
    prediction = classifier.classify(images[0])
    answers = next(run_read(graph, images))
    np.testing.assert_allclose(answers["mean"][0], prediction.mean, atol=LIMIT)
    other = msgspec.structs.replace(written, temperature=1.5)
    write_graphs(tmp_path / "other", other, {classifier.bundle.sources[0].name: graph}, {})
    prove_summary(load_bundle(tmp_path / "other").graphs[0], other, images)


@pytest.mark.parametrize(
    "options", [ExportOptions(Kind.ENSEMBLE, 2, summary=True), ExportOptions(carry=True, summary=True)]
)
def test_graphs_that_cannot_have_it_are_refused(options: ExportOptions, make_network: Callable, tmp_path: Path) -> None:
    holdout = Holdout(np.zeros((1, 10, 10, 1), np.float32), np.zeros(1, np.int64))
    with pytest.raises(ExportError, match=r"summary: found .*, expected one graph that holds all samples for good"):
        to_bundle(make_network("plain"), tmp_path / "b", holdout, options, labels="abcd", paper=1.0, ink=0.0)
    assert not (tmp_path / "b").exists()
