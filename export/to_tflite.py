"""Exports a run as a bundle: python export/to_tflite.py [RUN|MODEL] [--mode stacked] [--out bundles/digits]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge_app.options import positive
from edge_app.runtime.manifest import AnyManifest, Kind, Manifest, Quantisation
from edge_app.runtime.prediction import too_few_samples
from export.assemble import to_bundle
from export.options import ExportOptions, Runtime
from export.saved_model import add_model, load_holdout, load_model, load_weight_sets
from train.command import command

AUTO = "auto"
MICRO_SAMPLES = 10  # more take more memory than a microcontroller has


@command("to_tflite")
def main(arguments: list[str] | None = None) -> int:
    """Export as the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    micro = options.mode == Runtime.MICRO
    kind = None if options.mode == AUTO else Kind.STACKED if micro else Kind(options.mode)
    wanted = ExportOptions(
        kind=kind,
        samples=MICRO_SAMPLES if micro and options.samples is None else options.samples,
        quantisation=options.quantize or (Quantisation.INT8 if micro else Quantisation.NONE),
        seed=options.seed,
        graph_seed=options.graph_seed,
        target_risk=options.risk,
        alpha=options.alpha,
        doubted=options.doubted,
        batch=options.batch,
        chunk=options.chunk,
        summary=options.summary,
        carry=options.carry_posterior,
        runtime=Runtime.MICRO if micro else Runtime.LITERT,
    )
    model = load_model(options.model)
    manifest = to_bundle(
        model,
        options.out,
        load_holdout(options.holdout, model),
        wanted,
        labels=options.labels,
        paper=options.paper,
        ink=options.ink,
        samples=load_weight_sets(options.weights) if options.weights else None,
        mc_dropout=options.mc_dropout,
        output=options.output,
        replace=options.force,
    )
    print(_summary(options.out, manifest))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="export/to_tflite.py", description="Export a posterior to TFLite.")
    add_model(parser)
    parser.add_argument(
        "--mode",
        choices=[AUTO, *Kind, Runtime.MICRO],
        default=AUTO,
        help="how samples are carried; auto (default): stacked, or of larger networks the "
        "fastest here of stacked and ensembles; micro: stacked in int8, with C sources for TFLM (extra micro)",
    )
    parser.add_argument(
        "--samples",
        type=int,
        help="number K of weight samples, or of points; default: 50, moments 200, micro 10, or one a set; fewer than "
        "39 samples leave no interval of 95 %%",
    )
    parser.add_argument("--labels", type=_names, metavar="A,B,...", help="the classes' names; default: the run's own")
    parser.add_argument("--paper", type=float, help="value of bare paper in the images; default: the run's own")
    parser.add_argument("--ink", type=float, help="value of full ink in the images; default: the run's own")
    parser.add_argument("--quantize", type=Quantisation, choices=list(Quantisation), help="default: none, micro int8")
    parser.add_argument("--seed", type=int, default=0, help="of the weight samples")
    parser.add_argument("--graph-seed", type=int, help="of the graph's own stream, kind sampled; default: entropy")
    parser.add_argument("--risk", type=float, default=0.005, help="errors allowed among digits without a warning")
    parser.add_argument(
        "--alpha", type=float, help="label sets (0.01), or a regression's intervals (0.05), allowed to miss"
    )
    parser.add_argument("--doubted", type=float, default=0.0, help="share of held-out digits to warn of at the least")
    parser.add_argument("--batch", type=positive, default=1, help="images that a graph takes at a time; default: 1")
    parser.add_argument("--chunk", type=positive, default=1, help="samples that each graph of an ensemble holds")
    parser.add_argument(
        "--summary", action="store_true", help="the graph itself gives mean, interval, entropies, label and warning"
    )
    parser.add_argument("--carry-posterior", action="store_true", help="let python -m edge_app reseed draw anew")
    parser.add_argument("--out", type=Path, default=Path("bundles/digits"), help="the bundle folder to make")
    parser.add_argument("--force", action="store_true", help="replace an existing bundle")
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _summary(path: Path, manifest: AnyManifest) -> str:
    size = sum(file.bytes for file in manifest.files)
    few = too_few_samples(manifest.samples, manifest.kind.sampling)
    promise = _warning(manifest) if isinstance(manifest, Manifest) else f"gives {manifest.gives}"
    return (
        f"{path}: {manifest.kind}, K = {manifest.samples}, {len(manifest.files)} file(s), {size:,} bytes\n{promise}"
        + (f"\n{few}" if few else "")
    )


def _warning(manifest: Manifest) -> str:
    warning = manifest.warning
    promise = (
        f"at most {warning.target_risk:.1%} errors without a warning, {warning.confidence:.0%} confidence, "
        f"{warning.images:,} images"
    )
    above = "of every digit: no threshold promised" if warning.threshold_bits < 0 else "above"
    bits = "" if warning.threshold_bits < 0 else f" {warning.threshold_bits:.3f} bits:"
    return f"warns {above}{bits} {promise}"


if __name__ == "__main__":
    sys.exit(main())
