"""Whatever runtime and finder hand out cannot be changed by whoever takes it."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from types import ModuleType

import msgspec
import pytest

import edge_app.finder
import edge_app.runtime


def classes(package: ModuleType) -> list[type]:
    """Give the classes that a package's modules define."""
    modules = [
        importlib.import_module(found.name) for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return [
        own
        for module in modules
        for _, own in inspect.getmembers(module, inspect.isclass)
        if own.__module__ == module.__name__
    ]


CLASSES = [*classes(edge_app.runtime), *classes(edge_app.finder)]


@pytest.mark.parametrize("own", [own for own in CLASSES if dataclasses.is_dataclass(own)], ids=lambda own: own.__name__)
def test_results_are_frozen_and_take_no_other_attribute(own: type) -> None:
    assert own.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(own)


@pytest.mark.parametrize(
    "own", [own for own in CLASSES if issubclass(own, msgspec.Struct)], ids=lambda own: own.__name__
)
def test_what_is_read_from_files_is_frozen(own: type[msgspec.Struct]) -> None:
    assert own.__struct_config__.frozen
