"""Measures a bundle on a microcontroller's kernels: python -m export.micro BUNDLE [--data MNIST] [--images 1000]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from edge_app.options import positive
from edge_app.runtime.bundle import load_bundle, manifest_of
from edge_app.runtime.engine import Kernels, open_engine
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.prediction import predict_batch, temper
from export.errors import ExportError
from export.micro.kernels import MicroEngine
from export.saved_model import load_test
from train.command import command


@command("micro")
def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    bundle = load_bundle(options.bundle)
    if len(bundle.graphs) != 1:
        raise ExportError(
            f"{bundle.path}: found {len(bundle.graphs)} graphs, expected one; export it with --mode micro"
        )
    manifest = manifest_of(bundle, Manifest)
    data = load_test(options.data, manifest.labels, manifest.input.shape)
    images, labels = data.x[: options.images], data.y[: options.images]
    engine = MicroEngine(bundle.graphs[0])
    probabilities = engine.run(images)
    plain = open_engine(bundle, kernels=Kernels.BUILTIN).run(images)
    found = predict_batch(temper(probabilities, manifest.temperature), manifest.thresholds)
    wrong = found.label != labels
    print(
        f"{bundle.path}: {manifest.kind}, K = {manifest.samples}, {manifest.quantisation}\n"
        f"graph {len(engine.graph):,} bytes, arena {engine.arena_bytes:,} bytes\n"
        f"{options.data}, {len(images):,} images: accuracy {1 - wrong.mean():.2%}, warned {found.unsure.mean():.2%}, "
        f"errors without a warning {int((wrong & ~found.unsure).sum())}\n"
        f"max |dp| to LiteRT's builtin kernels {np.abs(probabilities - plain).max():.1e}"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export.micro", description="Run a bundle of one graph on the kernels of a microcontroller."
    )
    parser.add_argument("bundle", type=Path, help="made by export/to_tflite.py --mode micro")
    parser.add_argument("--data", default="MNIST", help="a test set, or an .npz of images and labels; default: MNIST")
    parser.add_argument("--images", type=positive, default=1000, help="the first so many; default: 1000")
    return parser


if __name__ == "__main__":
    sys.exit(main())
