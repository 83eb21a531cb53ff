"""The test of moments passes what is right, and fails scales that are 5 % off and a layer's noise that is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset import load_split
from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.manifest import Kind
from export.exportable import make_reference
from export.graphs.build import build_graphs
from export.moments_test import compare_moments
from export.options import Assumptions, ExportOptions
from export.tolerances import MOMENTS
from export.verify import PASSES
from models.network import Normal, Posterior
from models.runs import PRETRAINED, load_run

Array = NDArray[np.float32]
IMAGES = load_split("MNIST_corrupted", "test").x[:400]
RIGHT = Assumptions(neighbours=1.0)


def run(posterior: Posterior, options: ExportOptions, images: Array = IMAGES) -> Array:
    graphs = build_graphs([posterior], options, images[:1])
    return Engine(graphs, Signature(posterior.input_shape, options.count, 10)).run(images)


def widened(posterior: Posterior, factor: float) -> Posterior:
    layers = tuple(
        replace(
            layer,
            weights={
                role: Normal(weight.loc, weight.scale * np.float32(factor)) if isinstance(weight, Normal) else weight
                for role, weight in layer.weights.items()
            },
        )
        for layer in posterior.layers
    )
    return replace(posterior, layers=layers)


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return load_run(PRETRAINED / "bayesian").posterior


@pytest.fixture(scope="module")
def draws(posterior: Posterior) -> Array:
    chunks = [run(posterior, ExportOptions(kind=Kind.STACKED, samples=50, seed=seed)) for seed in range(1, 11)]
    return np.concatenate(chunks, axis=1)


def off(posterior: Posterior, assumptions: Assumptions, draws: Array) -> list[str]:
    points = run(
        posterior, ExportOptions(kind=Kind.MOMENTS, samples=200, assumptions=assumptions), IMAGES[: len(draws)]
    )
    found = compare_moments(points, draws)
    far = ["total_variation"] if found.total_variation > found.draws_total_variation else []
    return far + [name for name, most in MOMENTS.items() if abs(getattr(found, name) - 1) > most]


@pytest.mark.slow
def test_a_right_graph_passes(posterior: Posterior, draws: Array) -> None:
    assert not off(posterior, RIGHT, draws)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.95, 1.05])
def test_scales_five_per_cent_off_fail(factor: float, posterior: Posterior, draws: Array) -> None:
    assert off(widened(posterior, factor), RIGHT, draws)


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["conv", "dense"])
def test_a_layers_noise_that_is_left_out_fails(layer: str, posterior: Posterior, draws: Array) -> None:
    assert "epistemic_ratio" in off(posterior, Assumptions(neighbours=1.0, background=frozenset({layer})), draws)


@pytest.mark.slow
def test_noise_that_positions_share_and_that_is_left_out_fails() -> None:
    """Of the LeNet. In the small network it makes 2 % of epistemic bits, which 200 draws leave as uncertain."""
    lenet = load_run(PRETRAINED / "lenet")
    passes = np.stack(list(make_reference(lenet).own_draws(IMAGES[:100], PASSES)), axis=1)
    right = Assumptions(neighbours=0.6, channel=0.55, background=frozenset({"conv1"}))
    assert not off(lenet.posterior, right, passes)
    found = off(lenet.posterior, replace(right, channel=0.0), passes)
    assert {"spread_ratio", "epistemic_ratio"} <= set(found)
