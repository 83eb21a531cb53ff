"""Proves that a graph's `read` says what the device's own code says of the same samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge_app.runtime.manifest import Manifest
from edge_app.runtime.prediction import Predictions, predict_batch, temper
from edge_app.runtime.quiet import silenced_native_log
from export.errors import ExportError
from export.graphs.summary import REASONS

NUMBERS = ("mean", "low", "high", "total_bits", "aleatoric_bits", "epistemic_bits")
LIMIT = 1e-5
"""Largest difference of a probability or an entropy, bits; what is so near to a threshold may fall on either side."""

Answers = dict[str, NDArray[Any]]


def prove_summary(graph: bytes, manifest: Manifest, images: NDArray[np.float32]) -> float:
    """Hold `read` against `edge_app.runtime` on the very samples that it read.

    Args:
        graph: with a summary.
        manifest: its calibration.
        images: float32 [N, h, w, c].

    Returns:
        The largest difference of a number.

    Raises:
        ExportError: they disagree.
    """
    most = 0.0
    for answers in run_read(graph, images):
        expected = predict_batch(temper(answers["probabilities"], manifest.temperature), manifest.thresholds)
        differences = {name: float(np.abs(answers[name] - getattr(expected, name)).max()) for name in NUMBERS}
        worst = max(differences, key=lambda name: differences[name])
        if not differences[worst] <= LIMIT:
            raise ExportError(f"read: its {worst} is {differences[worst]:.2g} off the runtime's, expected {LIMIT:g}")
        name = _other_choice(answers, expected, manifest)
        if name:
            raise ExportError(f"read: its {name} is not the runtime's; nothing was written")
        most = max(most, differences[worst])
    return most


def run_read(graph: bytes, images: NDArray[np.float32]) -> Iterator[Answers]:
    """Run a graph on images, as many at a time as it takes; gives its outputs by name."""
    with silenced_native_log():
        interpreter = Interpreter(model_content=graph)
        interpreter.allocate_tensors()
    (image,) = interpreter.get_input_details()
    batch = int(image["shape"][0])
    for start in range(0, len(images), batch):
        interpreter.set_tensor(image["index"], np.resize(images[start : start + batch], image["shape"]))
        interpreter.invoke()
        yield {output["name"]: interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()}


def _other_choice(answers: Answers, expected: Predictions, manifest: Manifest) -> str | None:
    """Name a choice that differs where no rounding excuses it."""
    least = 1.0 - manifest.thresholds.conformal
    best = expected.mean.max(axis=1)
    chosen = np.take_along_axis(expected.mean, np.asarray(answers["label"], np.int64)[:, None], axis=1)[:, 0]
    if (best - chosen > LIMIT).any():
        return "label"
    clear = np.abs(expected.mean - least) > LIMIT
    if ((answers["label_set"] != expected.label_set) & clear).any():
        return "label_set"
    close = (
        (np.abs(expected.total_bits - manifest.thresholds.entropy_bits) <= LIMIT)
        | (np.abs(expected.epistemic_bits - expected.aleatoric_bits) <= LIMIT)
        | (np.abs(best - least) <= LIMIT)
    )
    reasons = np.array([REASONS.index(prediction.reason) for prediction in expected])
    return "reason" if ((answers["reason"] != reasons) & ~close).any() else None
