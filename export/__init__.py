"""Turns a posterior into graphs, and graphs into a bundle that keeps its promises.

Each public name is loaded when it is first asked for: what publishes a bundle needs no TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import train  # noqa: F401 - before TensorFlow, whose start-up messages it holds back

if TYPE_CHECKING:
    from export.assemble import to_bundle
    from export.options import ExportOptions, Holdout
    from export.verify import check_bundle
    from export.verify_labels import check_multi_label
    from export.verify_regression import check_regression

__all__ = ["ExportOptions", "Holdout", "check_bundle", "check_multi_label", "check_regression", "to_bundle"]

HOMES: Final = {
    "ExportOptions": "options",
    "Holdout": "options",
    "check_bundle": "verify",
    "check_multi_label": "verify_labels",
    "check_regression": "verify_regression",
    "to_bundle": "assemble",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
