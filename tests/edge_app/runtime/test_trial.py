"""Tests that an unknown bundle is run in a process of its own first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import flatbuffers
import msgspec
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from edge_app.runtime.bundle import Bundle, describe_graphs, load_bundle, write_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.soundness import require_sound
from edge_app.runtime.trial import require_trial

SHIPPED = Path(__file__).parents[3] / "edge_app" / "bundles" / "digits"


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    shutil.copytree(SHIPPED, tmp_path / "digits")
    return load_bundle(tmp_path / "digits")


def _crafted(folder: Path, change: Callable[[Any], None]) -> Bundle:
    """The shipped bundle with a changed graph whose hashes fit."""
    shipped = load_bundle(SHIPPED)
    model = schema.ModelT.InitFromPackedBuf(shipped.graphs[0], 0)
    change(model)
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    graphs = {shipped.manifest.files[0].name: bytes(builder.Output())}
    require_sound(next(iter(graphs.values())), "x")
    write_bundle(folder, msgspec.structs.replace(shipped.manifest, files=describe_graphs(graphs)), graphs)
    return load_bundle(folder)


def test_a_bundle_that_ran_once_is_remembered_by_its_digest(bundle: Bundle, tmp_path: Path) -> None:
    require_trial(bundle, remembered=tmp_path / "tried")
    assert [path.name for path in (tmp_path / "tried").iterdir()] == [bundle.digest]
    (bundle.path / "manifest.json").write_text("{}")  # a second process would find nothing to run
    require_trial(bundle, remembered=tmp_path / "tried")


def test_where_nothing_can_be_remembered_the_trial_is_made_all_the_same(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "tried").write_text("a file where the folder should be")
    require_trial(bundle, remembered=tmp_path / "tried")
    (bundle.path / "manifest.json").write_text("{}")
    with pytest.raises(EdgeError):
        require_trial(bundle, remembered=tmp_path / "tried")


def test_a_graph_that_litert_refuses_is_refused_in_its_words(tmp_path: Path) -> None:
    def take_away_an_output(model: Any) -> None:
        model.subgraphs[0].outputs = [model.subgraphs[0].operators[-3].outputs[0]]

    crafted = _crafted(tmp_path / "crafted", take_away_an_output)
    with pytest.raises(EdgeError, match=r"crafted/.*tflite: .*expected") as caught:
        require_trial(crafted, remembered=tmp_path / "tried")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "tried").exists()


@pytest.mark.slow
def test_a_graph_that_takes_too_much_time_or_memory_is_refused(tmp_path: Path) -> None:
    def repeat(model: Any) -> None:
        graph = model.subgraphs[0]
        first = next(
            operator
            for operator in graph.operators
            if model.operatorCodes[operator.opcodeIndex].builtinCode == schema.BuiltinOperator.CONV_2D
        )
        options = schema.Conv2DOptionsT()
        options.padding, options.strideW, options.strideH = schema.Padding.SAME, 1, 1
        widths = [1, *[256] * 500, 1]
        kernels = {pair: _tensor(model, (pair[1], 3, 3, pair[0]), fill=True) for pair in set(pairwise(widths))}
        biases = {width: _tensor(model, (width,), fill=True) for width in set(widths)}
        maps, added = first.inputs[0], []
        for pair in pairwise(widths):
            operator = schema.OperatorT()
            operator.opcodeIndex, operator.builtinOptionsType = first.opcodeIndex, first.builtinOptionsType
            operator.builtinOptions = options
            result = _tensor(model, (1, 28, 28, pair[1]), fill=False)
            operator.inputs, operator.outputs = [maps, kernels[pair], biases[pair[1]]], [result]
            added.append(operator)
            maps = result
        place = graph.operators.index(first)
        first.inputs = [maps, *first.inputs[1:]]
        graph.operators = [*graph.operators[:place], *added, *graph.operators[place:]]

    crafted = _crafted(tmp_path / "crafted", repeat)
    with pytest.raises(EdgeError, match=r"crafted.*(do not use this bundle|export the bundle again)"):
        require_trial(crafted, remembered=tmp_path / "tried")
    assert not (tmp_path / "tried").exists()


def _tensor(model: Any, shape: tuple[int, ...], *, fill: bool) -> int:
    tensor, buffer = schema.TensorT(), schema.BufferT()
    tensor.name, tensor.shape, tensor.type = f"added{len(model.buffers)}", list(shape), schema.TensorType.FLOAT32
    tensor.buffer = len(model.buffers)
    if fill:
        buffer.data = np.zeros(4 * int(np.prod(shape)), np.uint8)
    model.buffers.append(buffer)
    model.subgraphs[0].tensors.append(tensor)
    return len(model.subgraphs[0].tensors) - 1
