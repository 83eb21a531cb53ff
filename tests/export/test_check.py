"""The offline check passes what is right, fails what is wrong, and writes down what it found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from dataset import load_split
from edge_app.runtime.bundle import describe_graphs, load_bundle, write_bundle
from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind, Quantisation
from edge_app.runtime.prediction import entropy_bits
from export import check, to_tflite
from export.draws_test import compare_draws
from export.figures import Check, CheckFigures
from export.graphs.build import build_sampled
from export.graphs.convert import Precision
from export.tolerances import TEST_LEVEL
from export.verify import DOUBTFUL, DRAWS
from models.network import Layer, Network, Normal, Posterior, Weight
from models.predictive import repeated_passes
from models.read_model import read_posterior
from models.rebuild import rebuild
from models.runs import PRETRAINED, load_run

QUICK = ["--data", "MNIST", "--images", "200"]


def export(path: Path, *options: str, samples: int = 5) -> Path:
    assert to_tflite.main([*options, "--samples", str(samples), "--out", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("check") / "ensemble", "--mode", "ensemble")


@pytest.fixture
def copy(ensemble: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ensemble, tmp_path / "ensemble"))


def read_figures(bundle: Path) -> tuple[CheckFigures, ...]:
    """Read what lies beside a bundle, bound to it."""
    check = msgspec.json.decode((bundle / "check.json").read_bytes(), type=Check[CheckFigures])
    assert check.digest == load_bundle(bundle).digest
    return check.checks


def swap_first_two(folder: Path) -> None:
    """Swap two graphs and hash the manifest anew."""
    bundle = load_bundle(folder)
    names = [file.name for file in bundle.manifest.files]
    graphs = dict(zip(names, [bundle.graphs[1], bundle.graphs[0], *bundle.graphs[2:]], strict=True))
    manifest = msgspec.structs.replace(bundle.manifest, files=describe_graphs(graphs))
    write_bundle(folder, manifest, graphs, replace=True)


def test_a_right_bundle_passes_and_carries_the_result(copy: Path, tmp_path: Path) -> None:
    figures = tmp_path / "check.json"
    assert check.main([str(copy), *QUICK, "--json", str(figures)]) == 0
    (recorded,) = read_figures(copy)
    assert recorded.passed
    assert recorded.images == 200
    assert recorded.same_weights is not None
    assert recorded.same_weights.max_dp <= 1e-5
    assert recorded.same_weights.accuracy == recorded.bundle.accuracy
    assert json.loads(figures.read_text())[0]["bundle"]["nll"] == pytest.approx(recorded.bundle.nll)
    assert load_bundle(copy).sources[0].stat().st_size == load_bundle(copy).manifest.files[0].bytes


@pytest.mark.parametrize("network", ["bayesian", "lenet"])
def test_float16_graphs_equal_the_full_model_under_rounded_weights(network: str, tmp_path: Path) -> None:
    bundle = export(tmp_path / network, str(PRETRAINED / network), "--quantize", "float16")
    assert check.main([str(bundle), *QUICK]) == 0
    (recorded,) = read_figures(bundle)
    assert recorded.same_weights is not None
    assert recorded.same_weights.max_dp <= 1e-5


def test_a_swapped_graph_fails_though_its_digest_fits(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swap_first_two(copy)
    assert check.main([str(copy), *QUICK]) == 1
    assert "max |dp|" in capsys.readouterr().err
    assert not read_figures(copy)[0].passed


def test_a_graph_of_another_seed_fails(tmp_path: Path) -> None:
    honest = load_bundle(export(tmp_path / "honest"))
    other = load_bundle(export(tmp_path / "other", "--seed", "1"))
    graphs = {honest.manifest.files[0].name: other.graphs[0]}
    forged = msgspec.structs.replace(honest.manifest, files=describe_graphs(graphs))
    write_bundle(tmp_path / "forged", forged, graphs)
    assert check.main([str(tmp_path / "forged"), *QUICK]) == 1


def test_a_bundle_of_another_posterior_asks_for_its_run(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = load_bundle(copy)
    origin = msgspec.structs.replace(bundle.manifest.posterior, sha256="0" * 64)
    graphs = {file.name: graph for file, graph in zip(bundle.manifest.files, bundle.graphs, strict=True)}
    write_bundle(copy, msgspec.structs.replace(bundle.manifest, posterior=origin), graphs, replace=True)
    assert check.main([str(copy), *QUICK]) == 1
    assert "name the run or the model that it was exported from with --run" in capsys.readouterr().err
    assert check.main([str(copy), *QUICK, "--run", str(PRETRAINED / "bayesian")]) == 1
    assert "its posterior is not the one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["none"], "none/manifest.json: cannot be read"),
        (["BUNDLE", "--data", "MNST"], "data set 'MNST': unknown"),
        (["BUNDLE", "--draws", "10"], "draws: found 10, expected at least 400"),
        (["BUNDLE", "--run", "none"], "none: found nothing"),
        (["BUNDLE", *QUICK, "--json", "none/at/all.json"], "none/at/all.json: cannot be written"),
    ],
)
def test_bad_input_gets_one_line(
    options: list[str], expected: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.main([str(copy) if option == "BUNDLE" else option for option in options]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"check: {expected}")
    assert error.count("\n") == 1


def scale_by(posterior: Posterior, factor: float) -> Posterior:
    def scaled(weight: Weight) -> Weight:
        return Normal(weight.loc, weight.scale * np.float32(factor)) if isinstance(weight, Normal) else weight

    layers = (
        Layer(layer.name, layer.operation, {role: scaled(weight) for role, weight in layer.weights.items()})
        for layer in posterior.layers
    )
    return Network(posterior.architecture, posterior.input_shape, tuple(layers))


def test_the_draws_of_a_sampled_graph_pass_and_those_of_scales_one_per_cent_off_fail() -> None:
    """With as many draws as the check takes: the proof of its power."""
    model = rebuild(load_run(PRETRAINED / "bayesian"))
    posterior = read_posterior(model)
    precision = Precision(Quantisation.NONE, np.empty((0, 28, 28, 1), np.float32))
    right, wrong = (
        Engine({"": build_sampled([scale_by(posterior, factor)], 50, 1, precision)}, Signature((28, 28, 1), 50, 10))
        for factor in (1.0, 1.01)
    )
    images = load_split("MNIST", "test").x[:2000]
    doubtful = images[np.argsort(-entropy_bits(right.run(images).mean(axis=1)))[:DOUBTFUL]]
    full = np.concatenate(list(repeated_passes(model, doubtful, DRAWS, seed=0)), axis=1)
    passed, failed = (
        compare_draws(np.concatenate([engine.run(doubtful) for _ in range(DRAWS // 50)], axis=1), full)
        for engine in (right, wrong)
    )
    assert min(passed.mean_p, passed.spread_p) >= TEST_LEVEL / 2
    assert failed.spread_p < TEST_LEVEL / 2
    assert 1.005 < failed.spread_ratio < 1.02


def test_a_sampled_bundle_passes_and_scales_five_per_cent_off_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = ["--data", "MNIST", "--images", "300", "--draws", "4000"]
    honest = export(tmp_path / "honest", "--mode", "sampled", samples=50)
    assert check.main([str(honest), *quick]) == 0
    recorded = read_figures(honest)[0]
    assert recorded.same_weights is None
    assert recorded.draws is not None
    assert recorded.kernels_max_dp <= 1e-5

    bundle = load_bundle(honest)
    posterior = scale_by(load_run(PRETRAINED / "bayesian").posterior, 1.05)
    precision = Precision(Quantisation.NONE, np.empty((0, 28, 28, 1), np.float32))
    graphs = {"sampled.tflite": build_sampled([posterior], 50, None, precision)}
    write_bundle(tmp_path / "wrong", msgspec.structs.replace(bundle.manifest, files=describe_graphs(graphs)), graphs)
    assert bundle.manifest.kind is Kind.SAMPLED
    assert check.main([str(tmp_path / "wrong"), *quick]) == 1
    assert "the draws' spreads differ" in capsys.readouterr().err
