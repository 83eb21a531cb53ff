"""Runs a graph on the kernels of TensorFlow Lite for Microcontrollers (TFLM), as a microcontroller does."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge_app.runtime.quiet import silenced_native_log
from export.errors import ExportError
from export.flatbuffer import without_metadata

PACKAGE = "tflite-micro"
LARGEST_ARENA = 2**26
STEP = 16  # bytes, TFLM's own alignment


class MicroEngine:
    """A graph ready to run in the smallest arena that holds it.

    Attributes:
        graph: without metadata, which take room and which TFLM does not read.
        arena_bytes: of that arena, on a computer of 64 bits; where pointers have 32 it needs no more.
    """

    def __init__(self, graph: bytes) -> None:
        """Load a graph: float32 [1, h, w, c] -> [1, K, C].

        Raises:
            ExportError: tflite-micro is not installed, or cannot run the graph.
        """
        require_kernels()
        self.graph = graph = without_metadata(graph)
        if reason := _refusal(graph, LARGEST_ARENA):
            raise ExportError(f"micro: TFLM cannot run the graph ({reason}); leave out layers that it does not have")
        self.arena_bytes = _least_arena(graph)
        with silenced_native_log():
            self._interpreter = _open(graph, self.arena_bytes)

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run every sample on every image: float32 [N, h, w, c] -> [N, K, C]."""
        return np.concatenate([self._run(image[None]) for image in tqdm(images, "TFLM", unit="image", disable=None)])

    def _run(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        self._interpreter.set_input(image, 0)
        self._interpreter.invoke()
        return np.array(self._interpreter.get_output(0))


def require_kernels() -> None:
    """Refuse to go on without TFLM.

    Raises:
        ExportError: it is not installed.
    """
    if importlib.util.find_spec("tflite_micro") is None:
        raise ExportError(
            f"micro: {PACKAGE} is not installed, on whose kernels the warning is calibrated; "
            "pip install 'bayes-edge[micro]' (x86-64 Linux)"
        )


def _least_arena(graph: bytes) -> int:
    """Search for the least number of bytes in which the graph loads and runs."""
    low, high = 0, LARGEST_ARENA // STEP  # in steps: the one is too small, the other large enough
    with silenced_native_log():
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _refusal(graph, middle * STEP) else (low, middle)
    return high * STEP


def _refusal(graph: bytes, arena_bytes: int) -> str | None:
    """Say why a graph does not run in an arena; None if it does."""
    try:
        _open(graph, arena_bytes).invoke()
    except RuntimeError as error:
        return str(error).strip().partition("\n")[0]
    return None


def _open(graph: bytes, arena_bytes: int) -> Any:
    from tflite_micro.python.tflite_micro import runtime  # noqa: PLC0415 - an optional extra

    return runtime.Interpreter.from_bytes(graph, arena_size=arena_bytes)
