"""Builds what the benchmark compares: the kinds of graphs, the full model, ONNX Runtime."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import tf_keras
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.runtime.engine import Engine, Signature
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Quantisation
from edge_app.runtime.quiet import silenced_native_log
from export.bench.row import Row
from export.bench.table import AUTO
from export.build import build
from export.errors import ExportError
from export.fastest import settle
from export.graphs.build import sample_count
from export.options import ExportOptions
from export.reference import Reference
from models.posterior import draw_mixture
from models.predictive import class_probabilities, traced

Array = NDArray[np.float32]
Predict = Callable[[Array], Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is carried: models, images, and LiteRT's threads.

    The images are held out from training; the first of them give the ranges of int8, as in a bundle.
    """

    reference: Reference
    images: Array
    threads: int

    @property
    def model(self) -> tf_keras.Model:
        """The model, or the first of several of one architecture."""
        return self.reference.members[0].model


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of prediction.

    Attributes:
        row: its row of the table, without times.
        predict: float32 [1, h, w, c] -> class probabilities; None when it could not be built.
        engine: for ways whose quality is measured, float32 [N, h, w, c] -> [N, K, C].
        calls: of `predict` that K samples take.
    """

    row: Row
    predict: Predict | None = None
    engine: Engine | None = None
    calls: int = 1


def carry(subject: Subject, options: ExportOptions) -> Contender:
    """Carry the posterior in one kind of graphs; what fails stays visible as a row."""
    reference, way = subject.reference, options.kind or AUTO
    row = Row(way=way, samples=options.count, quantisation=options.quantisation, threads=subject.threads)
    try:
        sample_count(reference.posteriors, options)
        options = settle(reference, options, subject.images)
        graphs = build(reference, options, subject.images)
        signature = Signature(reference.posteriors[0].input_shape, options.count, reference.width)
        engine = Engine(graphs, signature, threads=subject.threads)
    except EdgeError as error:
        return Contender(msgspec.structs.replace(row, status=str(error)))
    size, delegates = sum(map(len, graphs.values())), count_delegates(next(iter(graphs.values())))
    return Contender(msgspec.structs.replace(row, bytes=size, delegates=delegates), engine.run, engine)


def full_model(subject: Subject, samples: int) -> Iterator[Contender]:
    """Call the full model K times: as it is, and inside a tf.function."""
    row = Row(way="full model, eager", samples=samples, quantisation=Quantisation.NONE, threads=subject.threads)
    model, run = subject.model, traced(subject.model)
    yield Contender(row, lambda image: class_probabilities(model(image)).numpy(), calls=samples)
    compiled = msgspec.structs.replace(row, way="full model, tf.function")
    yield Contender(compiled, lambda image: run(image).numpy(), calls=samples)


def onnx_runtime(subject: Subject, samples: int) -> Contender:
    """Run the stacked weights in ONNX Runtime, where that is installed."""
    row = Row(way="ONNX Runtime", samples=samples, quantisation=Quantisation.NONE, threads=subject.threads)
    if not all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime")):
        return Contender(msgspec.structs.replace(row, status="not installed; pip install 'bayes-edge[bench]'"))
    from export.bench.onnx_graph import OnnxEngine, build_onnx  # noqa: PLC0415 - an optional extra

    try:
        engine = OnnxEngine(build_onnx(draw_mixture(subject.reference.posteriors, samples, seed=0)), subject.threads)
    except ExportError as error:
        return Contender(msgspec.structs.replace(row, status=str(error)))
    return Contender(msgspec.structs.replace(row, bytes=engine.bytes), engine.probabilities)


def count_delegates(graph: bytes) -> int:
    """Count the parts of a graph that XNNPACK computes."""
    with silenced_native_log():
        interpreter = Interpreter(model_content=graph)
        interpreter.allocate_tensors()
        operations = interpreter._get_ops_details()  # noqa: SLF001 - LiteRT tells it nowhere else
    return sum(operation["op_name"] == "DELEGATE" for operation in operations)
