"""The kind that is left open: stacked where a network is small, else what was timed the fastest; graphs of several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.engine import open_engine
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Kind
from export import ExportOptions, Holdout, fastest, to_bundle
from export.errors import ExportError
from export.exportable import make_reference
from export.options import Runtime


def holdout() -> Holdout:
    rng = np.random.default_rng(7)
    return Holdout(rng.random((60, 10, 10, 1), np.float32), rng.integers(0, 4, 60))


def export(model: Any, path: Path, options: ExportOptions) -> Any:
    return to_bundle(model, path, holdout(), options, labels="abcd", paper=1.0, ink=0.0)


@pytest.mark.slow
def test_an_ensemble_of_chunks_gives_what_one_stacked_graph_gives(make_network: Any, tmp_path: Path) -> None:
    model, images = make_network("plain"), holdout().images[:4]
    export(model, tmp_path / "stacked", ExportOptions(samples=6))
    export(model, tmp_path / "chunks", ExportOptions(Kind.ENSEMBLE, 6, chunk=2))
    stacked, chunks = (load_bundle(tmp_path / name) for name in ("stacked", "chunks"))
    assert [file.name for file in chunks.manifest.files] == [f"sample_{start:04}.tflite" for start in (0, 2, 4)]
    found, expected = (open_engine(bundle).run(images) for bundle in (chunks, stacked))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(EdgeError, match="found one of an ensemble's graphs"):
        load_bundle(tmp_path / "chunks" / "sample_0000.tflite")


@pytest.mark.slow
def test_a_larger_network_is_timed_and_the_fastest_way_taken(
    make_network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_network("plain")
    monkeypatch.setattr(fastest, "SMALL", 0)
    manifest = export(model, tmp_path / "bundle", ExportOptions(None, 10))
    said = capsys.readouterr().err
    assert "auto, K = 10: 10 graph(s) of 1 take" in said
    assert f"{manifest.kind}, " in said
    assert open_engine(load_bundle(tmp_path / "bundle")).run(holdout().images).shape == (60, 10, 4)


@pytest.mark.slow
def test_a_network_of_several_inputs_is_timed_on_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastest, "SMALL", 0)
    a, b = tf_keras.Input((2,)), tf_keras.Input((3,))
    x = tf_keras.layers.Concatenate()([a, b])
    model = tf_keras.Model({"a": a, "b": b}, tf_keras.layers.Dense(1)(x))
    rng = np.random.default_rng(0)
    inputs = {"a": rng.random((60, 2), np.float32), "b": rng.random((60, 3), np.float32)}
    sets = [model.get_weights(), [array + 1 for array in model.get_weights()]]
    truth = Holdout(inputs, rng.random((60, 1), np.float32))
    manifest = to_bundle(model, tmp_path / "bundle", truth, labels=["y"], output="mean", samples=sets)
    assert (manifest.samples, manifest.input.shape) == (2, (5,))


@pytest.mark.parametrize("least", [1, 5, 10])
def test_the_least_time_decides(least: int, make_network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are given, for none can be relied on."""

    def times(ways: Any, *_: Any, **__: Any) -> Any:
        return {chunk: np.array([1.0 if chunk == least else 1.5, 9.0]) for chunk in ways}

    monkeypatch.setattr(fastest, "time_interleaved", times)
    found = fastest.choose_fastest(make_reference(make_network("plain")), ExportOptions(None, 10), holdout().images)
    assert set(found.times) == {1, 5, 10}
    expected = (Kind.STACKED, 1) if least == 10 else (Kind.ENSEMBLE, least)
    assert (found.options.kind, found.options.chunk) == expected


@pytest.mark.parametrize(
    "options",
    [ExportOptions(None, 6), ExportOptions(None, 6, summary=True), ExportOptions(None, 6, runtime=Runtime.MICRO)],
)
def test_small_networks_and_what_one_graph_alone_can_have_are_stacked(
    options: ExportOptions, make_network: Any
) -> None:
    settled = fastest.settle(make_reference(make_network("plain")), options, holdout().images)
    assert settled.kind is Kind.STACKED


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ExportOptions(samples=6, chunk=2), "chunk: found 2, expected it with kind ensemble alone"),
        (ExportOptions(Kind.ENSEMBLE, 6, chunk=4), "chunk: found 4, expected a divisor of 6"),
    ],
)
def test_chunks_that_do_not_fit_are_refused(
    options: ExportOptions, message: str, make_network: Any, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=message):
        export(make_network("plain"), tmp_path / "bundle", options)
