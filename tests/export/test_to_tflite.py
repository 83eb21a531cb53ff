"""The exporter's command line: what it makes, and what it refuses in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from dataset import LABELS
from edge_app.commands import doctor
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.manifest import Kind, Quantisation
from export import ExportOptions, Holdout, to_bundle, to_tflite
from export.errors import ExportError
from export.graphs.build import build_sampled
from export.graphs.convert import Precision
from models.runs import POSTERIOR, PRETRAINED, RECORD, load_run

RUN = PRETRAINED / "bayesian"
KINDS = [Kind.STACKED, Kind.ENSEMBLE, Kind.SAMPLED]  # moments has no four points for ten classes


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    for kind in KINDS:
        assert to_tflite.main(["--mode", kind, "--samples", "4", "--out", str(folder / kind)]) == 0
    return {kind: folder / kind for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_by_the_app(kind: Kind, bundles: dict[Kind, Path]) -> None:
    bundle = load_bundle(bundles[kind])
    assert (bundle.manifest.kind, bundle.manifest.samples) == (kind, 4)
    assert len(bundle.graphs) == (4 if kind is Kind.ENSEMBLE else 1)
    image = np.full((1, 28, 28, 1), 1, np.float32)
    assert Classifier(bundle).classify_batch(image).mean.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [Kind.STACKED, Kind.SAMPLED])
def test_a_single_graph_is_read_by_the_app(kind: Kind, bundles: dict[Kind, Path]) -> None:
    (source,) = load_bundle(bundles[kind]).sources
    assert load_bundle(source).manifest.kind is kind


def test_the_same_seed_gives_the_same_bytes(bundles: dict[Kind, Path], tmp_path: Path) -> None:
    assert to_tflite.main(["--samples", "4", "--out", str(tmp_path / "again")]) == 0
    first, again = bundles[Kind.STACKED], tmp_path / "again"
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in again.iterdir()
    }


def test_a_graph_seed_repeats_the_stream_and_entropy_does_not(tmp_path: Path, bundles: dict[Kind, Path]) -> None:
    options = ["--mode", "sampled", "--samples", "4", "--graph-seed", "5", "--out", str(tmp_path / "seeded")]
    assert to_tflite.main(options) == 0
    image = np.full((1, 28, 28, 1), 0.5, np.float32)
    first, second = (Classifier(load_bundle(tmp_path / "seeded")).probabilities(image) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    first, second = (Classifier(load_bundle(bundles[Kind.SAMPLED])).probabilities(image) for _ in range(2))
    assert (first != second).any()


def test_a_sampled_graph_does_not_grow_with_its_samples(bundles: dict[Kind, Path]) -> None:
    posterior = load_run(RUN).posterior
    precision = Precision(Quantisation.NONE, np.empty((0, 28, 28, 1), np.float32))
    few, many = (len(build_sampled([posterior], samples, None, precision)) for samples in (4, 200))
    assert abs(many - few) < 100
    assert load_bundle(bundles[Kind.SAMPLED]).manifest.files[0].bytes < 32 * 1024


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--samples", "0"], "samples: found 0"),
        (["--mode", "sampled", "--samples", "0"], "samples: found 0"),
        (["--seed", "-1"], "seed: found -1"),
        (["--mode", "sampled", "--graph-seed", "-1"], "graph seed: found -1"),
        (["--mode", "sampled", "--quantize", "int8"], "int8: would round the random numbers"),
        (["none"], "none: found nothing, expected a run's folder or a model that Keras saved"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(
    options: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert to_tflite.main([*options, "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"to_tflite: {expected}")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_existing_path_is_left_as_it_was_unless_forced(
    bundles: dict[Kind, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shutil.copytree(bundles[Kind.STACKED], tmp_path / "bundle")
    before = load_bundle(path)
    assert to_tflite.main(["--samples", "2", "--out", str(path)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert load_bundle(path) == before
    assert to_tflite.main(["--samples", "2", "--out", str(path), "--force"]) == 0
    assert load_bundle(path).manifest.samples == 2
    few = "K = 2: intervals cover 33% of the next draw, not 95 %; that takes 39 samples"
    assert capsys.readouterr().out.splitlines()[-1] == few
    doctor.run_command(["--bundle", str(path)])
    assert f"--  interval       {few}" in capsys.readouterr().out.splitlines()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert to_tflite.main(["--samples", "1", "--out", str(tmp_path / "file" / "bundle")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_weights_that_do_not_fit_the_architecture_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(RUN, tmp_path / "run")
    record = (run / RECORD).read_text().replace('"model": "bayesian"', '"model": "deterministic"')
    (run / RECORD).write_text(record)
    assert to_tflite.main([str(run), "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert POSTERIOR in error
    assert "found a posterior of 'bayesian'" in error
    assert error.count("\n") == 1


def test_a_library_call_refuses_what_does_not_fit(tmp_path: Path) -> None:
    run = load_run(RUN)
    images, truth = np.zeros((5, 28, 28, 1), np.float32), np.zeros(5, np.int64)
    cases = [
        (Holdout(images, truth), ("a", "b"), "labels: found 2 names, expected 10"),
        (Holdout(images[..., 0], truth), LABELS, r"found images float32 \[5, 28, 28\]"),
        (Holdout(images.astype(np.uint8), truth), LABELS, "found images uint8"),
        (Holdout(images[:0], truth[:0]), LABELS, "N at least 1"),
        (Holdout(images, truth[:4]), LABELS, r"found labels \[4\]"),
        (Holdout(images, truth + 10), LABELS, "from 10 to 10, expected one from 0 to 9"),
    ]
    for holdout, labels, expected in cases:
        with pytest.raises(ExportError, match=expected):
            to_bundle(run, tmp_path / "out", holdout, ExportOptions(samples=1), labels=labels)
    assert list(tmp_path.iterdir()) == []
