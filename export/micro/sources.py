"""Writes a graph and what its bundle promises as sources in C, for any microcontroller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray

from edge_app.runtime.bundle import SOURCES
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.prediction import entropy_bits, predict_batch, temper
from export.flatbuffer import operation_names
from export.micro.kernels import MicroEngine

TEMPLATES = Path(__file__).with_name("templates")
GOLDEN = 4
IN_ROW = 16
OTHERWISE_NAMED = {"BATCH_MATMUL": "BatchMatMul", "CUMSUM": "CumSum", "PADV2": "PadV2"}


@dataclass(frozen=True, slots=True)
class Golden:
    """What a self-test expects.

    Attributes:
        images: float32 [N, h, w, c].
        probabilities: what TFLM gives them, float32 [N, K, C].
    """

    images: NDArray[np.float32]
    probabilities: NDArray[np.float32]


def choose_golden(images: NDArray[np.float32], probabilities: NDArray[np.float32]) -> Golden:
    """Choose images evenly from the surest to the most doubtful, of float32 [N, h, w, c] and [N, K, C]."""
    order = np.argsort(entropy_bits(probabilities.mean(axis=1)), kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(GOLDEN, len(order))).astype(int)]
    return Golden(images[chosen], probabilities[chosen])


def render_sources(engine: MicroEngine, manifest: Manifest, golden: Golden) -> dict[str, bytes]:
    """Write the sources.

    Args:
        engine: of the graph.
        manifest: of its bundle.
        golden: for the self-test.

    Returns:
        File name -> text in UTF-8.
    """
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701 - C, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"rows": _rows, "float": _float, "string": _string}
    found = predict_batch(temper(golden.probabilities, manifest.temperature), manifest.thresholds)
    values = {
        "manifest": manifest,
        "operations": operations(engine.graph),
        "arena_bytes": engine.arena_bytes,
        "graph": np.frombuffer(engine.graph, np.uint8),
        "images": golden.images.reshape(len(golden.images), -1),
        "probabilities": golden.probabilities.reshape(len(golden.images), -1),
        "readings": list(found),
    }
    return {name: templates.get_template(f"{name}.j2").render(values).encode() for name in SOURCES}


def operations(graph: bytes) -> tuple[str, ...]:
    """Name the operations that a graph uses as TFLM's resolver does, such as Conv2D; each once, in order."""
    return tuple(OTHERWISE_NAMED.get(name, _camel(name)) for name in operation_names(graph))


def _camel(name: str) -> str:
    return "".join(part if part[0].isdigit() else part.capitalize() for part in name.split("_"))


def _rows(values: Sequence[Any]) -> Iterator[str]:
    """Write numbers as lines of an initialiser."""
    texts = [_float(value) if isinstance(value, np.float32) else str(value) for value in values]
    for start in range(0, len(texts), IN_ROW):
        yield ", ".join(texts[start : start + IN_ROW]) + ","


def _float(value: float | np.float32) -> str:
    """Write a number as C has it, so that reading it gives the same float."""
    return f"{np.float32(value)!s}f"


def _string(text: str) -> str:
    """Quote a text as C has it; octal digits, of which there are three at most, end an escape of their own."""
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}" for byte in text.encode())
    return f'"{"".join(plain)}"'
