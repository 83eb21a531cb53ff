"""Of several labels each is read as a question of two classes."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_app.runtime import EdgeError, load_bundle, open_multi_label, predict_batch
from edge_app.runtime.bundle import Bundle, describe_graphs, write_bundle
from edge_app.runtime.embed import embed_manifest, pack_graph, unpack_graph
from edge_app.runtime.engine import open_engine
from edge_app.runtime.manifest import Conformal
from edge_app.runtime.manifest_text import decode_manifest, encode_manifest
from edge_app.runtime.multi_label import MultiLabelClassifier, as_pairs
from edge_app.runtime.multi_label_manifest import LabelRule, MultiLabelManifest
from edge_app.runtime.prediction import temper

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"
SOFTMAX = 25
"""TensorFlow Lite's number of the operation."""


def without_softmax(graph: bytes) -> bytes:
    """Let what a graph's softmaxes are given pass as it is: its values are no probabilities then."""
    model = unpack_graph(graph)
    function = model.subgraphs[0]
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    softmaxes = [operator for operator in function.operators if codes[operator.opcodeIndex] == SOFTMAX]
    given = {operator.outputs[0]: operator.inputs[0] for operator in softmaxes}
    function.operators = [operator for operator in function.operators if operator not in softmaxes]
    for operator in function.operators:
        operator.inputs = [given.get(tensor, tensor) for tensor in operator.inputs]
    function.outputs = [given.get(tensor, tensor) for tensor in function.outputs]
    return pack_graph(model)


def labels(path: Path, *, broken: bool = False) -> Bundle:
    """A sound bundle: the shipped graph, each of whose ten class probabilities does for that of a label."""
    shipped = load_bundle(SHIPPED)
    old = shipped.manifest
    (name,) = (file.name for file in old.files)
    keys = ("format", "version", "kind", "samples", "input", "labels", "quantisation", "posterior")
    warning = msgspec.structs.replace(old.warning, threshold_bits=0.3)
    rules = tuple(LabelRule(1 + number / 20, warning, Conformal(0.2, 0.05, 99)) for number in range(10))
    manifest = MultiLabelManifest(
        **{key: getattr(old, key) for key in keys}, files=(), output="multi_label", rules=rules, versions={}
    )
    graph = without_softmax(shipped.graphs[0]) if broken else shipped.graphs[0]
    graphs = {name: embed_manifest(name, graph, manifest)}
    write_bundle(path, msgspec.structs.replace(manifest, files=describe_graphs(graphs)), graphs)
    return load_bundle(path)


def test_each_label_is_read_as_two_classes(tmp_path: Path) -> None:
    bundle = labels(tmp_path / "b")
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    raw = open_engine(bundle).run(images).astype(np.float64)
    reader = open_multi_label(tmp_path / "b")
    assert reader.labels == load_bundle(SHIPPED).manifest.labels
    found = reader.classify_batch(images)
    assert len(found) == 10
    for number, predictions in enumerate(found):
        two = temper(np.stack([1 - raw[..., number], raw[..., number]], axis=-1), 1 + number / 20)
        expected = predict_batch(two, bundle.manifest.thresholds[number])
        assert list(predictions) == list(expected)
    assert reader.classify(images[1]) == tuple(predictions[1] for predictions in found)


def test_labels_are_independent_of_one_another() -> None:
    pairs = as_pairs(np.array([[[0.9, 0.9, 0.2]]]))
    np.testing.assert_allclose(pairs[:, 0, 0], [[0.1, 0.9], [0.1, 0.9], [0.8, 0.2]])


def test_what_is_no_number_or_gives_something_else_is_refused(tmp_path: Path) -> None:
    reader = MultiLabelClassifier(labels(tmp_path / "b"))
    with pytest.raises(ValueError, match="not finite"):
        reader.classify(np.full((28, 28, 1), np.nan, np.float32))
    broken = MultiLabelClassifier(labels(tmp_path / "broken", broken=True))
    with pytest.raises(EdgeError, match=r"its graph is broken \(probabilities: found a negative"):
        broken.classify(np.zeros((28, 28, 1), np.float32))
    with pytest.raises(EdgeError, match=r"gives probabilities of 10 classes .*expected a probability of each of"):
        MultiLabelClassifier(load_bundle(SHIPPED))


def test_its_manifest_is_read_again_and_a_false_one_refused(tmp_path: Path) -> None:
    manifest = labels(tmp_path / "b").manifest
    text = encode_manifest(manifest)
    assert decode_manifest(text, "here") == manifest
    assert (manifest.width, manifest.gives) == (10, "a probability of each of 10 label(s)")
    written = json.loads(text)
    written["rules"] = written["rules"][:9]
    with pytest.raises(EdgeError, match="found 9 rules, expected 10, one for each label"):
        decode_manifest(json.dumps(written).encode(), "here")
    written["rules"][0]["warning"]["threshold_bits"] = 1.5
    with pytest.raises(EdgeError, match=r"found warning threshold 1.5 bits, expected 0 to 1, or -1"):
        decode_manifest(json.dumps(written).encode(), "here")
