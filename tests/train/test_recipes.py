"""The recipes fit their networks, and the specified models keep the specified settings."""

import pytest

from models.networks import BUILDERS, PRIORS, build
from train.recipes import RECIPES


def test_every_network_has_its_recipe() -> None:
    assert set(RECIPES) == set(BUILDERS) == set(PRIORS)
    assert all(name == recipe.model for name, recipe in RECIPES.items())


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_builds_its_network(name: str) -> None:
    assert build(name, 100, RECIPES[name].prior).name == name


@pytest.mark.parametrize(
    ("name", "epochs", "loss"),
    [
        ("deterministic", 5, "sparse_categorical_crossentropy"),
        ("probabilistic", 5, "negative_log_likelihood"),
        ("bayesian", 10, "negative_log_likelihood"),
    ],
)
def test_specified_models_are_trained_as_specified(name: str, epochs: int, loss: str) -> None:
    recipe = RECIPES[name]
    assert (recipe.epochs, recipe.loss, recipe.batch) == (epochs, loss, 32)
    assert (recipe.optimiser, recipe.learning_rate, recipe.schedule) == ("rmsprop", 0.001, "constant")
    assert (recipe.annealing, recipe.augmented) == (0, 0)
