"""Runs a posterior's graphs on LiteRT: inputs in, every sample's values out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import InputPart
from edge_app.runtime.quiet import silenced_native_log
from edge_app.runtime.soundness import require_sound


class Kernels(Enum):
    """Whose code computes: XNNPACK's where it can, or LiteRT's own everywhere, slower and a check on the former."""

    XNNPACK = OpResolverType.AUTO
    BUILTIN = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


@dataclass(frozen=True, slots=True)
class Signature:
    """What the graphs take and give.

    Attributes:
        input_shape: of one input, an image's (height, width, channels) for one.
        samples: K, over all graphs.
        width: number V of values that a sample gives, of class probabilities the classes.
        parts: of graphs of several inputs, each by its name and shape; `input_shape` is that of all side by side.
    """

    input_shape: tuple[int, ...]
    samples: int
    width: int
    parts: tuple[InputPart, ...] = ()


class Engine:
    """Graphs ready to run, one interpreter each, kept from call to call.

    One graph gives all K samples, [N, K, V]; of several each gives an equal share, of one sample [N, V] or [N, 1, V].
    N is the number of inputs that a graph takes at a time.
    """

    def __init__(
        self,
        graphs: Mapping[str, bytes],
        signature: Signature,
        *,
        threads: int = 1,
        kernels: Kernels = Kernels.XNNPACK,
    ) -> None:
        """Load the graphs.

        Args:
            graphs: file name, for messages -> flatbuffer.
            signature: what they must take and give.
            threads: how many threads an interpreter may use.
            kernels: whose code computes.

        Raises:
            EdgeError: a graph is not sound, LiteRT cannot load it, or its tensors do not fit the signature.
        """
        self.signature = signature
        rows = signature.samples // len(graphs)
        self._graphs = [
            _Graph(name, _open(name, graph, threads, kernels), signature, rows) for name, graph in graphs.items()
        ]

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run every sample on every input.

        Args:
            images: or other inputs, float32 [N, ...].

        Returns:
            Class probabilities, or whatever the graphs give, float32 [N, K, V].

        Raises:
            ValueError: the images are of another shape or type.
            EdgeError: LiteRT cannot run a graph.
        """
        expected = self.signature.input_shape
        if images.ndim == 0 or images.shape[1:] != expected or images.dtype != np.float32:
            raise ValueError(f"images: found {images.dtype} {images.shape}, expected float32 (N, *{expected})")
        values = np.empty((len(images), self.signature.samples, self.signature.width), np.float32)
        # As many images at a time as a graph takes, one as a rule: a batch is no faster on a CPU. One graph after the
        # other: its memory then stays in the cache.
        shares = np.split(values, len(self._graphs), axis=1)
        for graph, share in zip(self._graphs, shares, strict=True):
            for start in range(0, len(images), graph.batch):
                share[start : start + graph.batch] = graph.run(images[start : start + graph.batch])
        return values


def open_engine(bundle: Bundle, *, threads: int = 1, kernels: Kernels = Kernels.XNNPACK) -> Engine:
    """Load a bundle's graphs; see `Engine`."""
    manifest = bundle.manifest
    names = [str(source) for source in bundle.sources]
    signature = Signature(manifest.input.shape, manifest.samples, manifest.width, manifest.input.parts)
    return Engine(dict(zip(names, bundle.graphs, strict=True)), signature, threads=threads, kernels=kernels)


def require_finite(images: NDArray[np.float32]) -> None:
    """Refuse what is no finite number: a graph of moments, or one with a maximum in it, would make numbers of it.

    Raises:
        ValueError: a value is not finite.
    """
    if not np.isfinite(images).all():
        raise ValueError("images: found a value that is not finite, expected finite ones")


class _Graph:
    """One interpreter, which takes `batch` images at a time and gives so many rows of values of each."""

    def __init__(self, name: str, interpreter: Interpreter, signature: Signature, rows: int) -> None:
        self._name, self._interpreter = name, interpreter
        inputs, output = interpreter.get_input_details(), interpreter.get_output_details()[0]
        self.batch = max(1, *inputs[0]["shape"][:1].tolist())
        self._inputs = []
        end = 0
        for tensor, shape in _inputs_by_name(name, inputs, signature):
            _expect_tensor(name, tensor, [(self.batch, *shape)])
            start, end = end, end + math.prod(shape)
            self._inputs.append((tensor["index"], slice(start, end), (self.batch, *shape)))
        single = [(self.batch, signature.width)] if rows == 1 else []
        _expect_tensor(name, output, [(self.batch, rows, signature.width), *single])
        self._output = output["index"]
        self._rows = (rows, signature.width)

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give values, float32 [n, rows, V], of 1 to `batch` images, float32 [n, h, w, c]."""
        whole = images if len(images) == self.batch else np.resize(images, (self.batch, *images.shape[1:]))
        flat = whole.reshape(self.batch, -1)
        for index, place, shape in self._inputs:
            self._interpreter.set_tensor(index, flat[:, place].reshape(shape))
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise _refused(self._name, "run", error) from None
        return np.asarray(self._interpreter.get_tensor(self._output)).reshape(-1, *self._rows)[: len(images)]


def _inputs_by_name(
    name: str, inputs: Sequence[Mapping[str, Any]], signature: Signature
) -> Iterator[tuple[Mapping[str, Any], tuple[int, ...]]]:
    """Give each tensor that a graph takes with the shape of one of what it stands for; none may be left unset."""
    named = {tensor["name"]: tensor for tensor in inputs}
    expected = len(signature.parts) or 1
    if len(inputs) != expected:
        raise EdgeError(
            f"{name}: found {len(inputs)} inputs ({', '.join(named)}), expected {expected}; export the bundle again"
        )
    if not signature.parts:
        yield inputs[0], signature.input_shape
    for part in signature.parts:
        if part.name not in named:
            raise EdgeError(
                f"{name}: found input {', '.join(named)}, expected {part.name} among them; export the bundle again"
            )
        yield named[part.name], part.shape


def _open(name: str, graph: bytes, threads: int, kernels: Kernels) -> Interpreter:
    require_sound(graph, name)
    with silenced_native_log():
        try:
            interpreter = Interpreter(
                model_content=graph, num_threads=threads, experimental_op_resolver_type=kernels.value
            )
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            refused = _refused(name, "load", error)
        else:
            return interpreter
    raise refused  # out here, so that the native log, which says the same, is let go


def _refused(name: str, what: str, error: Exception) -> EdgeError:
    reason = str(error).strip().partition("\n")[0]
    return EdgeError(f"{name}: LiteRT cannot {what} it ({reason}); export the bundle again")


def _expect_tensor(name: str, tensor: Mapping[str, Any], shapes: Sequence[tuple[int, ...]]) -> None:
    found = tuple(tensor["shape"].tolist())
    if found not in shapes or tensor["dtype"] is not np.float32:
        raise EdgeError(
            f"{name}: found tensor {tensor['name']} {tensor['dtype'].__name__} {list(found)}, "
            f"expected float32 {list(shapes[0])}; export the bundle again"
        )
