"""A folder of runs is exported as a mixture of their posteriors, in every kind."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime import open_bundle
from edge_app.runtime.check import read_check
from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind
from export.check import main as check
from export.graphs.build import build_graphs
from export.options import Assumptions, ExportOptions
from export.to_tflite import main as export
from models.network import Normal, Posterior, Weight
from models.runs import PRETRAINED, load_run, load_runs, save_run

NO_IMAGES = np.empty((0, 28, 28, 1), np.float32)


def changed(posterior: Posterior, shift: float, width: float) -> Posterior:
    """Move a posterior's means by so many of its scales, at random, and make it so much wider."""
    rng = np.random.default_rng(1)

    def change(weight: Weight) -> Weight:
        if not isinstance(weight, Normal):
            return weight
        noise = rng.normal(size=weight.loc.shape).astype(np.float32)
        return Normal(weight.loc + np.float32(shift) * weight.scale * noise, np.float32(width) * weight.scale)

    layers = [
        replace(layer, weights={role: change(weight) for role, weight in layer.weights.items()})
        for layer in posterior.layers
    ]
    return replace(posterior, layers=tuple(layers))


@pytest.fixture(scope="module")
def mixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of the brief's network in one folder."""
    folder = tmp_path_factory.mktemp("mixture")
    run = load_run(PRETRAINED / "bayesian")
    save_run(folder / "seed-0", run.record, run.posterior)
    save_run(folder / "seed-1", run.record, changed(run.posterior, shift=1, width=1))
    return folder


@pytest.mark.parametrize("kind", [Kind.SAMPLED, Kind.MOMENTS])
def test_a_mixture_says_by_turns_what_its_members_say_alone(kind: Kind, mixture: Path) -> None:
    narrow = [changed(run.posterior, shift=0, width=1e-3) for run in load_runs(mixture)]
    image = np.random.default_rng(0).random((1, 28, 28, 1), np.float32)

    def run(members: list[Posterior], samples: int, seed: int) -> np.ndarray:
        options = ExportOptions(kind=kind, samples=samples, seed=seed, graph_seed=seed, assumptions=Assumptions())
        graphs = build_graphs(members, options, NO_IMAGES)
        return Engine(graphs, Signature((28, 28, 1), samples, 10)).run(image)

    both = run(narrow, 80, 3)
    assert both.shape == (1, 80, 10)
    alone = [run([posterior], 40, 3 + number) for number, posterior in enumerate(narrow)]
    for number in range(2):  # a sampled graph's draws are its own, and differ by next to nothing
        np.testing.assert_allclose(both[:, number::2], alone[number], atol=1e-6 if kind is Kind.MOMENTS else 2e-2)
    assert np.abs(alone[0] - alone[1]).max() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(Kind))
def test_a_folder_of_runs_is_exported_and_checked_against_them(kind: Kind, mixture: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    assert (
        export(
            [
                str(mixture),
                "--mode",
                kind.value,
                "--samples",
                "200" if kind is Kind.MOMENTS else "40",
                "--out",
                str(bundle),
            ]
        )
        == 0
    )
    assert check([str(bundle), "--run", str(mixture), "--data", "MNIST", "--images", "100", "--draws", "500"]) == 0
    assert open_bundle(bundle).bundle.manifest.samples == (200 if kind is Kind.MOMENTS else 40)
    found = read_check(open_bundle(bundle).bundle)
    assert found is not None


def test_one_run_of_a_mixture_is_not_taken_for_it(
    mixture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    assert export([str(mixture), "--samples", "2", "--out", str(bundle)]) == 0
    assert check([str(bundle), "--run", str(mixture / "seed-0"), "--images", "50"]) == 1
    assert "its posterior is not the one that the bundle was drawn from" in capsys.readouterr().err
