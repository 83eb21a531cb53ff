"""The workshop's rooms under names that no other project has: `from bayes_edge.export import to_bundle`.

Within the checkout a room is `models` or `train`, and a project of one's own often has folders of these names, which
Python finds first. Here every room is loaded as `bayes_edge.models` and so on, and what it imports of the others too;
the project's own `models` stays what it is. `edge_app` needs no second name.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, Final

ROOMS: Final = frozenset({"dataset", "export", "models", "train"})
CHECKOUT: Final = str(Path(__file__).parents[1])

__path__.clear()  # nothing but the rooms is found below this name


def import_room(
    name: str,
    globals: Mapping[str, object] | None = None,  # noqa: A002 - as the built-in function calls it
    locals: Mapping[str, object] | None = None,  # noqa: A002
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> Any:
    """Stand for `builtins.__import__` within the rooms: `models.x` means `bayes_edge.models.x`."""
    room = name.partition(".")[0]
    if level or room not in ROOMS:
        return builtins.__import__(name, globals, locals, fromlist, level)
    package_or_module = builtins.__import__(f"{__name__}.{name}", globals, locals, fromlist)
    return package_or_module if fromlist else getattr(package_or_module, room)


class RoomLoader(SourceFileLoader):
    """Runs a module whose import statements go through `import_room`."""

    def exec_module(self, module: ModuleType) -> None:
        """See `importlib.abc.Loader`."""
        module.__dict__["__builtins__"] = vars(builtins) | {"__import__": import_room}
        super().exec_module(module)


class RoomFinder(MetaPathFinder):
    """Finds the rooms' modules in the checkout."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`."""
        parent, _, below = fullname.partition(".")
        if parent != __name__ or below.partition(".")[0] not in ROOMS:
            return None
        spec = PathFinder.find_spec(fullname, path or [CHECKOUT], target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = RoomLoader(spec.loader.name, spec.loader.path)
        return spec


sys.meta_path.insert(0, RoomFinder())
