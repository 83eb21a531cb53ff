"""Holds back TensorFlow's start-up messages, whenever a module first needs it; most commands do not."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Final

from edge_app.runtime.quiet import silenced_native_log

TENSORFLOW: Final = "tensorflow"


class QuietLoader(SourceFileLoader):
    """Runs TensorFlow's own module without a word."""

    def exec_module(self, module: ModuleType) -> None:
        """See `importlib.abc.Loader`."""
        with silenced_native_log():
            super().exec_module(module)
            module.config.list_logical_devices()  # looks for a GPU, aloud
        _quieten_log()


class QuietFinder(MetaPathFinder):
    """Finds TensorFlow where it is, and gives it to the `QuietLoader`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == TENSORFLOW else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = QuietLoader(spec.loader.name, spec.loader.path)
        return spec


def quieten_tensorflow() -> None:
    """Let TensorFlow be quiet from now on, loaded or not."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if TENSORFLOW in sys.modules:
        _quieten_log()
    sys.meta_path.insert(0, QuietFinder())
    # TFP 0.25 calls a method that tf_keras has renamed; users can do nothing about it.
    warnings.filterwarnings("ignore", message="`layer.add_variable` is deprecated", category=UserWarning)


def _quieten_log() -> None:
    logging.getLogger(TENSORFLOW).setLevel(logging.ERROR)
