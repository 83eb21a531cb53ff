"""Runs a bundle's graphs on LiteRT: images in, sampled class probabilities out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.bundle import Bundle, Kind
from edge_app.errors import EdgeError
from edge_app.prediction import Prediction, predict, temper
from edge_app.quiet import silenced_native_log


class _Graph:
    """One interpreter, kept from call to call, that takes one image at a time."""

    def __init__(self, path: str, graph: bytes, bundle: Bundle, threads: int) -> None:
        manifest = bundle.manifest
        try:
            with silenced_native_log():
                self._interpreter = Interpreter(model_content=graph, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise EdgeError(f"{path}: LiteRT cannot load it ({_first_line(error)}); export the bundle again") from None
        image = self._interpreter.get_input_details()[0]
        output = self._interpreter.get_output_details()[0]
        self._image, self._output = image["index"], output["index"]
        classes = len(manifest.labels)
        row = [classes] if manifest.kind is Kind.ENSEMBLE else [manifest.samples, classes]
        _expect_tensor(path, image, [1, *manifest.input.shape])
        _expect_tensor(path, output, [1, *row])

    def run(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run on one image, float32 [h, w, c], and give its class probabilities, float32 [C] or [K, C]."""
        self._interpreter.set_tensor(self._image, image[None])
        self._interpreter.invoke()
        output: NDArray[np.float32] = self._interpreter.get_tensor(self._output)
        return output[0]


def _expect_tensor(path: str, tensor: Mapping[str, Any], shape: list[int]) -> None:
    found = tensor["shape"].tolist()
    if found != shape or tensor["dtype"] is not np.float32:
        raise EdgeError(
            f"{path}: found tensor {tensor['name']} {tensor['dtype'].__name__} {found}, "
            f"expected float32 {shape}; export the bundle again"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


class Classifier:
    """A bundle ready to run; keeps its interpreters from call to call.

    Attributes:
        bundle: what it was made from.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Load the graphs.

        Args:
            bundle: what `load_bundle` returned.
            threads: how many threads an interpreter may use.

        Raises:
            EdgeError: a graph is no TFLite graph, or its tensors do not fit the manifest.
        """
        self.bundle = bundle
        files = bundle.manifest.files
        self._graphs = [
            _Graph(f"{bundle.path / file.name}", graph, bundle, threads)
            for file, graph in zip(files, bundle.graphs, strict=True)
        ]

    def probabilities(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run every sample on every image.

        Args:
            images: float32 [N, 28, 28, 1], paper 1 and ink 0.

        Returns:
            float32 [N, K, C].
        """
        expected = self.bundle.manifest.input.shape
        if images.ndim != 4 or images.shape[1:] != expected or images.dtype != np.float32:
            raise ValueError(f"images: found {images.dtype} {images.shape}, expected float32 (N, *{expected})")
        manifest = self.bundle.manifest
        probabilities = np.empty((len(images), manifest.samples, len(manifest.labels)), np.float32)
        # One image at a time: a batch is no faster on a CPU, and another batch size costs a new allocation.
        for rows, image in zip(probabilities, images, strict=True):
            if manifest.kind is Kind.ENSEMBLE:
                for row, graph in zip(rows, self._graphs, strict=True):
                    row[:] = graph.run(image)
            else:
                rows[:] = self._graphs[0].run(image)
        return probabilities

    def classify(self, images: NDArray[np.float32]) -> Prediction:
        """Read a batch of images; see `probabilities` and `prediction.predict`."""
        manifest = self.bundle.manifest
        return predict(temper(self.probabilities(images), manifest.temperature), manifest.thresholds)
