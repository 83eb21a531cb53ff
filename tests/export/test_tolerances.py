"""A bundle's figures, and the tolerances that they are held to."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.manifest import Manifest, Quantisation
from export.figures import Agreement, CheckFigures, DrawsTest
from export.quantisation import SCHEMES
from export.tolerances import broken_tolerances, own_draws_accuracy
from export.verify import summarise

RNG = np.random.default_rng(0)
P = RNG.dirichlet(np.ones(5), (1500, 40)).astype(np.float32)  # more images than one block
LABELS = RNG.integers(0, 5, 1500)
EQUAL = Agreement(0, 0, 0, 0, float((P.mean(axis=1).argmax(axis=1) == LABELS).mean()), 1, 0, 0)


def test_entropies_add_up() -> None:
    figures = summarise(P, LABELS, 40)
    assert figures.total_bits == pytest.approx(figures.aleatoric_bits + figures.epistemic_bits * 39 / 40)


def test_fewer_samples_and_images_are_allowed_more_noise() -> None:
    assert own_draws_accuracy(50, 10_000) == own_draws_accuracy(200, 20_000) == 0.003
    assert own_draws_accuracy(50, 2500) == pytest.approx(0.006)
    assert own_draws_accuracy(5, 10_000) == pytest.approx(0.003 * 10**0.5)


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    shipped = Path(__file__).parents[2] / "edge_app" / "bundles" / "digits"
    return msgspec.structs.replace(load_bundle(shipped).manifest, samples=2, quantisation=Quantisation.NONE)


def figures(**changes: object) -> CheckFigures:
    whole = summarise(P, LABELS, 40)
    right = CheckFigures(
        data="MNIST",
        images=1500,
        passed=True,
        same_weights=EQUAL,
        draws=None,
        kernels_max_dp=0.0,
        bundle=whole,
        full_model=whole,
        full_model_passes=200,
    )
    return msgspec.structs.replace(right, **changes)


BROKEN = [
    ({"kernels_max_dp": float("nan")}, "max |dp| between kernels nan"),
    ({"kernels_max_dp": 1e-4}, "max |dp| between kernels"),
    ({"same_weights": msgspec.structs.replace(EQUAL, max_dp=2e-5)}, "max |dp| 2e-05"),
    ({"same_weights": msgspec.structs.replace(EQUAL, predictive_dp=2e-5)}, "of the predictive mean"),
    ({"same_weights": msgspec.structs.replace(EQUAL, accuracy=0.9)}, "accuracy's distance"),
    (
        {"full_model": msgspec.structs.replace(summarise(P, LABELS, 40), accuracy=0.9)},
        "distance to the full model's own draws",
    ),
    ({"draws": DrawsTest(32, 100, 0.5, 1e-6, 1.05, 0.002)}, "the draws' spreads differ"),
    ({"draws": DrawsTest(32, 100, 1e-6, 0.5, 1.0, 0.002)}, "the draws' means differ"),
]


def test_what_holds_breaks_nothing(manifest: Manifest) -> None:
    assert broken_tolerances(figures(), manifest) == []
    assert broken_tolerances(figures(draws=DrawsTest(32, 100, 0.5, 0.5, 1.0, 0.002)), manifest) == []


@pytest.mark.parametrize(("changes", "expected"), BROKEN)
def test_each_tolerance_is_named_when_it_breaks(changes: dict[str, object], expected: str, manifest: Manifest) -> None:
    (line,) = broken_tolerances(figures(**changes), manifest)
    assert expected in line
    assert "expected at" in line


def test_there_is_a_tolerance_for_every_quantisation() -> None:
    assert set(SCHEMES) == set(Quantisation)
    assert SCHEMES[Quantisation.NONE].tolerance.sample == 1e-5
