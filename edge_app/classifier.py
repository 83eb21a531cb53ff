"""Runs a bundle's graphs on LiteRT: images in, sampled class probabilities out."""

from __future__ import annotations

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.bundle import Bundle, Kind
from edge_app.errors import EdgeError
from edge_app.prediction import Prediction, predict


class _Graph:
    """One interpreter, resized when the batch's size changes."""

    def __init__(self, path: str, graph: bytes, bundle: Bundle, threads: int) -> None:
        manifest = bundle.manifest
        try:
            self._interpreter = Interpreter(model_content=graph, num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise EdgeError(f"{path}: LiteRT cannot load it ({_first_line(error)}); export the bundle again") from None
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        classes = len(manifest.labels)
        row = [classes] if manifest.kind is Kind.ENSEMBLE else [manifest.samples, classes]
        for tensor, expected in ((self._input, list(manifest.input.shape)), (self._output, row)):
            if list(tensor["shape"][1:]) != expected or tensor["dtype"] is not np.float32:
                raise EdgeError(
                    f"{path}: found tensor {tensor['name']} {tensor['dtype'].__name__} {tensor['shape'].tolist()}, "
                    f"expected float32 [N, {', '.join(map(str, expected))}]; export the bundle again"
                )
        self._batch = 1

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run on float32 [N, ...] images and give float32 [N, C] or [N, K, C]."""
        if len(images) != self._batch:
            self._interpreter.resize_tensor_input(self._input["index"], images.shape)
            self._interpreter.allocate_tensors()
            self._batch = len(images)
        self._interpreter.set_tensor(self._input["index"], images)
        self._interpreter.invoke()
        output: NDArray[np.float32] = self._interpreter.get_tensor(self._output["index"])
        return output


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
            raise ValueError(f"images: found {images.dtype} {list(images.shape)}, expected float32 [N, {expected}]")
        if len(images) == 0:
            return np.zeros((0, self.bundle.manifest.samples, len(self.bundle.manifest.labels)), np.float32)
        outputs = [graph.run(images) for graph in self._graphs]
        if self.bundle.manifest.kind is Kind.ENSEMBLE:
            return np.stack(outputs, axis=1)
        return outputs[0]

    def classify(self, images: NDArray[np.float32]) -> Prediction:
        """Read a batch of images; see `probabilities` and `prediction.predict`."""
        return predict(self.probabilities(images), self.bundle.manifest.thresholds)
