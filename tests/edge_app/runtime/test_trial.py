"""Tests that an unknown bundle is run in a process of its own first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import flatbuffers
import msgspec
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from edge_app.runtime import trial
from edge_app.runtime.bundle import Bundle, describe_graphs, load_bundle, write_bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.soundness import require_sound
from edge_app.runtime.trial import BusyError, require_trial

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
def test_a_graph_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    """Each of 500 convolutions keeps a copy of its kernel that suits the processor."""
    crafted = _crafted(tmp_path / "crafted", lambda model: _convolve_first(model, [1, *[256] * 500, 1]))
    with pytest.raises(EdgeError, match=r"crafted.*(do not use this bundle|export the bundle again)"):
        require_trial(crafted, remembered=tmp_path / "tried")
    assert not (tmp_path / "tried").exists()


@pytest.mark.slow
def test_a_graph_that_computes_for_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Softmax after softmax of a wide map: little memory, many seconds of processor time."""

    def repeat(model: Any) -> None:
        _convolve_first(model, [1, 4096, 1])
        graph = model.subgraphs[0]
        place = _first(model, schema.BuiltinOperator.CONV_2D) + 1
        softmax, wide = graph.operators[_first(model, schema.BuiltinOperator.SOFTMAX)], graph.operators[place]
        for _ in range(5000):
            operator = copy(softmax)
            operator.inputs, operator.outputs = wide.inputs[:1], [_tensor(model, (1, 28, 28, 4096), fill=False)]
            wide.inputs = [*operator.outputs, *wide.inputs[1:]]
            graph.operators.insert(place, operator)
            place += 1

    monkeypatch.setattr(trial, "PATIENCE", 100.0)  # however busy this computer is, the processor's time is what ends it
    crafted = _crafted(tmp_path / "crafted", repeat)
    with pytest.raises(EdgeError, match=r"crafted: the trial run ended with status -\d+; do not use this bundle"):
        require_trial(crafted, remembered=tmp_path / "tried")
    assert not (tmp_path / "tried").exists()


def test_a_trial_that_hangs_is_given_up(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "PATIENCE", 0.0)
    with pytest.raises(BusyError, match="digits: the trial run took more than 0 s; try again"):
        require_trial(bundle, remembered=tmp_path / "tried")
    assert not (tmp_path / "tried").exists()


def _convolve_first(model: Any, widths: list[int]) -> None:
    """Put convolutions with so many channels between the image and the graph's first convolution."""
    graph = model.subgraphs[0]
    place = _first(model, schema.BuiltinOperator.CONV_2D)
    first = graph.operators[place]
    options = schema.Conv2DOptionsT()
    options.padding, options.strideW, options.strideH = schema.Padding.SAME, 1, 1
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
    first.inputs = [maps, *first.inputs[1:]]
    graph.operators = [*graph.operators[:place], *added, *graph.operators[place:]]


def _first(model: Any, builtin: int) -> int:
    """Number of the first operation of a sort."""
    codes = [code.builtinCode for code in model.operatorCodes]
    return next(number for number, one in enumerate(model.subgraphs[0].operators) if codes[one.opcodeIndex] == builtin)


def _tensor(model: Any, shape: tuple[int, ...], *, fill: bool) -> int:
    tensor, buffer = schema.TensorT(), schema.BufferT()
    tensor.name, tensor.shape, tensor.type = f"added{len(model.buffers)}", list(shape), schema.TensorType.FLOAT32
    tensor.buffer = len(model.buffers)
    if fill:
        buffer.data = np.zeros(4 * int(np.prod(shape)), np.uint8)
    model.buffers.append(buffer)
    model.subgraphs[0].tensors.append(tensor)
    return len(model.subgraphs[0].tensors) - 1
