"""Exports a run as a bundle: python export/to_tflite.py [RUN] [--mode stacked] [--out bundles/digits]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dataset import load_split
from edge_app.runtime.manifest import Kind, Manifest, Quantisation
from export.assemble import to_bundle
from export.errors import ExportError
from export.order import Holdout, Order
from models.runs import PRETRAINED, Run, load_run
from train.command import command

DEFAULT_SAMPLES = {Kind.MOMENTS: 200}  # points cost next to nothing, and 50 understate the spread


@command("to_tflite")
def main(arguments: list[str] | None = None) -> int:
    """Export as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    order = Order(
        kind=options.mode,
        samples=DEFAULT_SAMPLES.get(options.mode, 50) if options.samples is None else options.samples,
        quantisation=options.quantize,
        seed=options.seed,
        graph_seed=options.graph_seed,
        target_risk=options.risk,
        alpha=options.alpha,
        doubted=options.doubted,
        carry=options.carry_posterior,
    )
    run = load_run(options.run)
    manifest = to_bundle(run.posterior, options.out, read_holdout(run), order, replace=options.force)
    print(_summary(options.out, manifest))
    return 0


def read_holdout(run: Run) -> Holdout:
    """Give the MNIST training images that the run held out.

    Raises:
        ExportError: the run held nothing out.
        DataError: MNIST cannot be read.
    """
    if run.record.holdout == 0:
        raise ExportError(f"{run.folder}: held no image out, so nothing is left to calibrate on; train with --holdout")
    data = load_split("MNIST", "train")
    return Holdout(data.x[-run.record.holdout :], data.y[-run.record.holdout :])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="export/to_tflite.py", description="Export a posterior to TFLite.")
    parser.add_argument("run", nargs="?", type=Path, default=PRETRAINED / "bayesian", help="default: the shipped run")
    parser.add_argument("--mode", type=Kind, choices=list(Kind), default=Kind.STACKED, help="how samples are carried")
    parser.add_argument(
        "--samples", type=int, help="number K of weight samples, or of points; default: 50, moments 200"
    )
    parser.add_argument("--quantize", type=Quantisation, choices=list(Quantisation), default=Quantisation.NONE)
    parser.add_argument("--seed", type=int, default=0, help="of the weight samples")
    parser.add_argument("--graph-seed", type=int, help="of the graph's own stream, kind sampled; default: entropy")
    parser.add_argument("--risk", type=float, default=0.005, help="errors allowed among digits without a warning")
    parser.add_argument("--alpha", type=float, default=0.01, help="label sets allowed to miss the true label")
    parser.add_argument("--doubted", type=float, default=0.0, help="share of held-out digits to warn of at the least")
    parser.add_argument("--carry-posterior", action="store_true", help="let python -m edge_app reseed draw anew")
    parser.add_argument("--out", type=Path, default=Path("bundles/digits"), help="the bundle folder to make")
    parser.add_argument("--force", action="store_true", help="replace an existing bundle")
    return parser


def _summary(path: Path, manifest: Manifest) -> str:
    size = sum(file.bytes for file in manifest.files)
    warning = manifest.warning
    promise = (
        f"at most {warning.target_risk:.1%} errors without a warning, {warning.confidence:.0%} confidence, "
        f"{warning.images:,} images"
    )
    above = "of every digit: no threshold promised" if warning.threshold_bits < 0 else "above"
    bits = "" if warning.threshold_bits < 0 else f" {warning.threshold_bits:.3f} bits:"
    return (
        f"{path}: {manifest.kind}, K = {manifest.samples}, {len(manifest.files)} file(s), {size:,} bytes\n"
        f"warns {above}{bits} {promise}"
    )


if __name__ == "__main__":
    sys.exit(main())
