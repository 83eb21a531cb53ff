"""The benchmark's figures mean what they say, and what fails stays in sight."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind, Quantisation
from export import benchmark
from export.bench.plot import Point, draw_plot, front
from export.bench.quality import measure_quality
from export.bench.row import Quality, Row
from export.bench.table import render_ratios, render_table
from export.errors import ExportError
from export.graphs.build import build_stacked
from export.graphs.convert import Precision
from export.timing import CALLS, WARM_UPS, time_interleaved
from models.posterior import draw_samples
from models.runs import PRETRAINED, load_run


def test_quality_of_the_reference_itself() -> None:
    rng = np.random.default_rng(0)
    draws = rng.dirichlet(np.ones(4), (50, 1000)).astype(np.float32)
    labels = draws.mean(axis=1).argmax(axis=1)
    quality = measure_quality(draws, draws, labels)
    assert quality.accuracy == 1
    assert quality.total_variation == pytest.approx(0, abs=1e-6)
    assert quality.coverage == pytest.approx(0.95, abs=0.002)


def test_quality_by_hand() -> None:
    ours = np.array([[[0.8, 0.2], [0.6, 0.4]]], np.float32)  # mean 0.7, interval about 0.6 to 0.8
    theirs = np.array([[[0.5, 0.5], [0.7, 0.3], [0.75, 0.25], [0.9, 0.1]]], np.float32)  # mean 0.7125
    quality = measure_quality(ours, theirs, np.array([1]))
    assert quality.accuracy == 0
    assert quality.total_variation == pytest.approx(0.0125, abs=1e-6)
    assert quality.coverage == 0.5
    assert quality.nll == pytest.approx(-np.log(0.3), abs=1e-6)


def test_an_interval_of_few_draws_covers_less() -> None:
    """9 in 11 for 10 draws, between whose ends the next one lies; 95 % for 50: what order statistics say."""
    draws = np.random.default_rng(1).dirichlet(np.ones(3), (400, 400)).astype(np.float32)
    labels = np.zeros(400, np.int64)
    coverage = {count: measure_quality(draws[:, :count], draws[:, 200:], labels).coverage for count in (10, 50, 200)}
    assert coverage[10] == pytest.approx(9 / 11, abs=0.02)
    assert coverage[50] == pytest.approx(0.95, abs=0.015)


def test_ways_are_called_in_turn() -> None:
    calls: list[str] = []
    times = time_interleaved({0: lambda: calls.append("a"), 1: lambda: calls.append("b")}, rounds=2)
    one_turn = WARM_UPS + CALLS
    assert "".join(calls) == ("a" * one_turn + "b" * one_turn) * 2
    assert [len(values) for values in times.values()] == [2 * CALLS] * 2


def test_onnx_runtime_computes_the_same_from_the_same_weights() -> None:
    for name in ("onnx", "onnxruntime"):
        pytest.importorskip(name, reason="needs the extra `bench`")
    from export.bench.onnx_graph import OnnxEngine, build_onnx  # noqa: PLC0415 - an optional extra

    samples = draw_samples(load_run(PRETRAINED / "bayesian").posterior, 3, seed=0)
    images = np.random.default_rng(0).random((2, 28, 28, 1), np.float32)
    precision = Precision(Quantisation.NONE, images)
    engine = Engine({"": build_stacked(samples, precision)}, Signature((28, 28, 1), 3, 10))
    onnx = OnnxEngine(build_onnx(samples), threads=1)
    found = np.stack([onnx.probabilities(image[None]) for image in images])
    np.testing.assert_allclose(found, engine.run(images), atol=1e-5)


@pytest.mark.slow
def test_a_run_gives_table_json_and_plot_with_failures_in_sight(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, plot = tmp_path / "rows.json", tmp_path / "plot.png"
    options = ["--samples", "1", "2", "--quantize", "none", "int8", "--images", "50", "--rounds", "1"]
    assert benchmark.main([*options, "--json", str(rows), "--plot", str(plot)]) == 0
    written = json.loads(rows.read_text())
    status = {(row["way"], row["samples"], row["quantisation"]): row["status"] for row in written}
    assert len(status) == 4 * (len(Kind) + 1) + 2 + 2  # kinds, auto, ONNX Runtime, the full model
    assert "random numbers" in status["sampled", 2, "int8"]
    assert status["ensemble", 1, "none"] == status["stacked", 2, "int8"] == "ok"
    assert all(row["quality"] for row in written if row["way"] in {"ensemble", "stacked"})
    assert all(row["p95_ms"] is None for row in written if row["way"].startswith("full model"))
    table = capsys.readouterr().out
    assert "random numbers" in table
    assert "full model, eager takes" in table
    assert plot.stat().st_size > 10_000


def test_the_front_holds_what_nothing_beats() -> None:
    cheap, near, both, worse = (Point(cost, off, 1) for cost, off in ((1, 0.9), (3, 0.1), (2, 0.5), (2.5, 0.5)))
    assert front([near, worse, both, cheap]) == [cheap, both, near]


def test_ratios_need_both_times() -> None:
    row = Row(way="stacked", samples=5, quantisation=Quantisation.NONE, threads=1, p50_ms=2.0)
    slow = Row(way="ensemble", samples=5, quantisation=Quantisation.NONE, threads=1, p50_ms=9.0)
    assert render_ratios([row]) == ""
    assert render_ratios([row, slow]) == "K = 5: ensemble takes 4.50 times the time of stacked"
    assert len(render_table([row, slow]).splitlines()) == 3


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["none"], "none: found nothing, expected a run's folder or a model that Keras saved"),
        (["--data", "MNST"], "data set 'MNST': unknown"),
    ],
)
def test_bad_input_gets_one_line(options: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(options) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"benchmark: {expected}")
    assert error.count("\n") == 1


def test_a_plot_that_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    quality = Quality(accuracy=1, nll=0, ece=0, total_variation=0, coverage=0.9)
    row = Row(way="stacked", samples=5, quantisation=Quantisation.NONE, threads=1, p50_ms=2.0, quality=quality)
    for path in (tmp_path / "none" / "plot.png", tmp_path / "plot.doc"):
        with pytest.raises(ExportError, match="cannot be drawn"):
            draw_plot([row], path)
