"""Assumptions are chosen by their distance to draws of the posterior; a model that moments do not fit is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from edge_app.runtime.manifest import Kind
from export.choose import Distance, choose_assumptions
from export.errors import ExportError
from export.options import ExportOptions
from models.network import Normal
from models.read_model import read_posterior

OPTIONS = ExportOptions(kind=Kind.MOMENTS, samples=200)


@pytest.mark.slow
def test_the_choice_comes_as_near_as_200_draws(make_network: Callable, make_images: Callable) -> None:
    model = make_network("last_layer")
    choice = choose_assumptions([read_posterior(model)], OPTIONS, make_images(model, 200))
    assert choice.moments.within(choice.draws_50)
    assert choice.moments.total_variation < choice.draws_200.total_variation
    # Of the spread 500 draws know no more than 200 others miss: 0.0008 of it.
    assert choice.moments.spread < 0.5 * choice.draws_50.spread
    assert not choice.assumptions.background  # the one layer with noise is not left out
    assert "200 draws " in str(choice)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mixed", "separable"])
def test_noise_that_later_layers_mix_travels_where_the_choice_needs_it(
    name: str, make_network: Callable, make_images: Callable
) -> None:
    """Depthwise and pointwise convolutions, batch normalisation and averages: as near as 50 draws, in every figure."""
    model = make_network(name)
    choice = choose_assumptions([read_posterior(model)], OPTIONS, make_images(model, 200))
    assert choice.moments.within(choice.draws_50)
    assert choice.assumptions.travel
    assert "whose shared noise travels" in str(choice)


@pytest.mark.slow
def test_a_model_that_moments_do_not_fit_is_refused_with_the_way_out(
    make_network: Callable, make_images: Callable
) -> None:
    """Logits are far from Gaussian where weights are as good as unknown."""
    model = make_network("plain")
    posterior = read_posterior(model)
    layers = tuple(
        replace(
            layer,
            weights={
                role: Normal(weight.loc, weight.scale * np.float32(8))
                for role, weight in layer.weights.items()
                if isinstance(weight, Normal)
            },
        )
        for layer in posterior.layers
    )
    with pytest.raises(
        ExportError, match=r"moments are no good for it: .* times that of 50 draws.* export it as stacked"
    ):
        choose_assumptions([replace(posterior, layers=layers)], OPTIONS, make_images(model, 200))


def test_a_distance_is_as_large_as_its_worst_figure() -> None:
    base = Distance(0.01, 0.02, 0.03)
    assert Distance(0.005, 0.02, 0.045).ratio(base) == pytest.approx(1.5)
    assert base.within(base)
    assert Distance(0.0, 0.0, 0.0).within(Distance(0.0, 0.0, 0.0))
