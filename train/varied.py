"""Reads what a sweep is to vary: each setting with its values, combined in every way."""

from __future__ import annotations

import itertools
import math
import typing
from collections.abc import Sequence
from typing import Final

from models.networks import PRIORS
from train.errors import TrainError
from train.recipes import Recipe
from train.trials import Settings

FIXED: Final = {
    "model": "choose it with --model",
    "teacher": "name its run with --teacher",
    "start": "all begin with new weights",
    "extra": "all learn from MNIST alone",
}
"""What is one for a whole sweep, and why."""
LEAST: Final = {"epochs": 1, "batch": 1, "augmentation_factor": 1}
MOST: Final = {"augmented": 1, "taught": 1}
"""Bounds of numbers; of the others 0 and none."""


def vary(recipe: Recipe, settings: Sequence[str]) -> list[Settings]:
    """Combine settings in every way.

    Args:
        recipe: what they are settings of.
        settings: each the name of one and its values, as in `outliers=0,0.12`.

    Raises:
        TrainError: there is no such setting, it would change nothing, a value is none of its type or out of its bounds,
            or a name or a value is there twice.
    """
    axes: dict[str, Sequence[str | int | float]] = {}
    for setting in settings:
        name, _, values = setting.partition("=")
        if name in axes:
            raise TrainError(f"--vary: found {setting!r}, expected {name} once; give all its values in one --vary")
        axes[name] = _read(recipe, setting, name, values)
    return [dict(zip(axes, chosen, strict=True)) for chosen in itertools.product(*axes.values())]


def _read(recipe: Recipe, setting: str, name: str, values: str) -> Sequence[str | int | float]:
    kinds = typing.get_type_hints(Recipe)
    fixed = FIXED | _idle(recipe)
    if name in fixed:
        raise TrainError(f"--vary: found {setting!r}, which a sweep does not vary; {fixed[name]}")
    if name not in kinds or not values:
        names = ", ".join(kind for kind in kinds if kind not in fixed)
        raise TrainError(f"--vary: found {setting!r}, expected NAME=VALUE,VALUE with NAME of {names}")
    texts = values.split(",")
    known = (PRIORS[recipe.model] or ["none"]) if name == "prior" else typing.get_args(kinds[name])
    if known and not set(texts) <= set(known):
        raise TrainError(f"--vary: found {setting!r}, expected values of {', '.join(known)}")
    read = texts if known else _read_numbers(setting, name, kinds[name], texts)
    if len(set(read)) < len(read):
        raise TrainError(f"--vary: found {setting!r}, expected each value once; leave out what is there again")
    return read


def _read_numbers(setting: str, name: str, kind: type[int | float], texts: Sequence[str]) -> list[int | float]:
    least, most = LEAST.get(name, 0), MOST.get(name, math.inf)
    try:
        numbers = [kind(text) for text in texts]
    except ValueError:
        raise TrainError(f"--vary: found {setting!r}, expected values of type {kind.__name__}") from None
    if not all(least <= number <= most and math.isfinite(number) for number in numbers):
        bounds = f"of at least {least}" if most == math.inf else f"from {least} to {most}"
        raise TrainError(f"--vary: found {setting!r}, expected numbers {bounds}")
    return numbers


def _idle(recipe: Recipe) -> dict[str, str]:
    """Give the settings that change nothing in trainings by a recipe, and why."""
    untaught = {} if recipe.teacher else {"taught": "nobody teaches without --teacher"}
    if PRIORS[recipe.model]:
        return untaught
    reason = f"a {recipe.model} has no posterior, so that it changes nothing; choose another --model"
    return untaught | dict.fromkeys(("annealing", "augmentation_factor"), reason)
