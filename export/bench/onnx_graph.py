"""Writes stacked weights down for ONNX Runtime: a yardstick, not a way to export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.errors import ExportError
from export.graphs.stacked import count_samples
from models.network import (
    Activate,
    Activation,
    Conv2D,
    Dense,
    Flatten,
    GlobalPool2D,
    Layer,
    Normalise,
    Padding,
    Pool2D,
    Samples,
)

Array = NDArray[np.float32]

OPSET = 17
IR_VERSION = 8


class OnnxEngine:
    """K samples side by side in ONNX Runtime."""

    def __init__(self, graph: bytes, threads: int) -> None:
        """Load a graph that `build_onnx` or a `Writer` wrote."""
        self.bytes = len(graph)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def probabilities(self, image: Array) -> Array:
        """Run on one image: float32 [1, h, w, c] -> [K, C]."""
        return np.asarray(self._session.run(None, {"image": np.moveaxis(image, -1, 1)})[0])


def build_onnx(samples: Samples) -> bytes:
    """Write samples down as `export.graphs.stacked` does, channels first: float32 [1, c, h, w] -> [K, C].

    Raises:
        ExportError: a layer is none that this yardstick knows.
    """
    height, width, channels = samples.input_shape
    writer = Writer(count_samples(samples), (height, width), channels)
    for layer in samples.layers:
        writer.add_layer(layer)
    return writer.finish(samples.input_shape)


@dataclass
class Writer:
    """Adds one layer after the other; channels lie one sample behind the other."""

    copies: int
    size: tuple[int, int]  # height and width of the last layer's maps
    channels: int  # of one sample
    last: str = "image"
    groups: int = 1  # as many as samples from the first convolution on
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add_layer(self, layer: Layer[Array]) -> None:
        """Add a layer behind the last.

        Raises:
            ExportError: it is none that this yardstick knows.
        """
        match layer.operation:
            case Conv2D(strides, padding, (1, 1), activation):
                self._convolve(layer.weights["kernel"], layer.weights.get("bias"), strides, padding)
                self._activate(activation)
            case Dense(activation):
                kernel = layer.weights["kernel"]
                window = kernel.reshape(self.copies, *self.size, self.channels, kernel.shape[-1])
                self._convolve(window, layer.weights.get("bias"), (1, 1))
                self._activate(activation)
            case Pool2D(reduction, size, strides, "VALID"):
                kind = "MaxPool" if reduction == "max" else "AveragePool"
                self._add(kind, [self.last], kernel_shape=size, strides=strides)
                self._shrink(size, strides)
            case GlobalPool2D("average"):
                self._add("GlobalAveragePool", [self.last])
                self.size = 1, 1
            case Normalise():
                for kind, role in (("Mul", "scale"), ("Add", "shift")):
                    per_channel = layer.weights[role][: self.groups].reshape(-1, 1, 1)
                    self._add(kind, [self.last, self._constant(per_channel)])
            case Activate(activation):
                self._activate(activation)
            case Flatten():  # the next dense layer takes the whole map for its window
                pass
            case operation:
                raise ExportError(f"layer {layer.name!r}: {operation} is not built for ONNX Runtime")

    def add_sum(self, other: str) -> None:
        """Add what another branch of a residual network gives, the name of its last output."""
        self._add("Add", [self.last, other])

    def finish(self, input_shape: Sequence[int]) -> bytes:
        """Give the model of what was added, which takes images [h, w, c], channels first."""
        height, width, channels = input_shape
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, channels, height, width])
        output = helper.make_tensor_value_info(self.last, TensorProto.FLOAT, [self.copies, self.channels])
        graph = helper.make_graph(self.nodes, "stacked", [image], [output], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString()
        return content

    def _reshape(self, shape: list[int]) -> str:
        return self._add("Reshape", [self.last, self._constant(np.array(shape, np.int64))])

    def _convolve(
        self, kernels: Array, bias: Array | None, strides: tuple[int, int], padding: Padding = "VALID"
    ) -> None:
        _, height, width, inputs, filters = kernels.shape
        wide = kernels.transpose(0, 4, 3, 1, 2).reshape(-1, inputs, height, width)
        operands = [self.last, self._constant(wide)]
        if bias is not None:
            operands.append(self._constant(bias.ravel()))
        padded = "SAME_UPPER" if padding == "SAME" else padding
        self._add("Conv", operands, strides=strides, group=self.groups, auto_pad=padded)
        self._shrink((height, width) if padding == "VALID" else (1, 1), strides)
        self.groups, self.channels = self.copies, filters

    def _activate(self, activation: Activation) -> None:
        match activation:
            case Activation.LINEAR:
                pass
            case Activation.RELU:
                self._add("Relu", [self.last])
            case Activation.SOFTMAX:
                self._reshape([self.copies, -1])
                self._add("Softmax", [self.last], axis=-1)
            case _:
                raise ExportError(f"activation {activation} is not built for ONNX Runtime")

    def _shrink(self, window: tuple[int, int], strides: tuple[int, int]) -> None:
        height, width = (
            (extent - span) // stride + 1 for extent, span, stride in zip(self.size, window, strides, strict=True)
        )
        self.size = height, width

    def _add(self, kind: str, operands: list[str], **attributes: Any) -> str:
        self.last = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, operands, [self.last], **attributes))
        return self.last

    def _constant(self, values: NDArray[Any]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name
